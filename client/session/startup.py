"""Sets up a session from the command line's options, for terminal and page."""

import os
from argparse import Namespace
from pathlib import Path

from client.errors import StoryError
from client.ranking.weights_file import read_weights
from client.remote.credentials import read_credentials
from client.remote.model import Model
from client.remote.sampling import Sampling
from client.session.proposer import Proposer
from client.session.session import Session
from client.story.manuscript import Line
from client.story.story import Story
from client.story.text_file import read_lines


def create_model(options: Namespace) -> Model:
    """Return the model that the options name, without contacting a server.

    Raises:
        PredictionError: certificates or token cannot be used.
    """
    credentials = read_credentials(
        options.server,
        options.tls,
        options.ca_file,
        options.cert_file,
        options.key_file,
        options.token_file,
    )
    return Model(options.server, options.model, options.timeout, credentials, options.label)


def add_opening(opening: str | None, story: Story) -> None:
    """Start a story with the sentences of a file, if one is named.

    Raises:
        StoryError: the file cannot be read, or the story has started differently.
    """
    if not opening:
        return
    if not os.path.exists(opening):
        raise StoryError("story_absent", path=opening)
    sentences = [line for line in read_lines(Path(opening)) if line]
    if not sentences:
        raise StoryError("opening_empty", path=opening)
    if story.sentences[: len(sentences)] == sentences:  # the same command again
        return
    if story.sentences:
        raise StoryError("opening_late", path=str(story.path), count=len(story.sentences))
    story.append("write", [Line(sentence) for sentence in sentences])


def create_session(options: Namespace, story: Story, model: Model) -> Session:
    """Return a session with a story and a model.

    Raises:
        StoryError: the dial's position cannot be saved.
        WeightsError: the ranking weights cannot be read.
    """
    if options.dial is not None and options.dial != story.history.dial:
        story.log("dial", value=options.dial)
    sampling = Sampling(options.temperature, options.top_p, options.diversity)
    weights = read_weights(options.weights)
    return Session(story, Proposer(model, sampling, options.seed, weights), options.lang)
