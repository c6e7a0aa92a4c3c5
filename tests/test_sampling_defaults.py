"""Parts may not import each other, so each has its sampling defaults: they must agree."""

from client.remote.model import Sampling
from trainer.decoding.defaults import SAMPLING_DEFAULTS


def test_the_trainer_samples_as_the_client_does():
    assert Sampling()._asdict() == SAMPLING_DEFAULTS
