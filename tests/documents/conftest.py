"""The client's fixtures: a session with a model server that needs no model."""

from tests.client.conftest import (  # noqa: F401
    model,
    new_session,
    no_weights_of_mine,
    server,
    story_file,
)
