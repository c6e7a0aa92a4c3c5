"""What a session begins with, in the terminal and on the page: model, story, opening."""

import os
from argparse import Namespace
from pathlib import Path

from client.errors import StoryError
from client.ranking.files import read_weights
from client.remote.access import read_access
from client.remote.model import Model
from client.remote.sampling import Sampling
from client.session.proposing import Proposer
from client.session.session import Session
from client.story.manuscript import Line
from client.story.story import Story
from client.story.textfile import read_lines


def reach(options: Namespace) -> Model:
    """Return the model that the options name; nothing is asked of a server yet.

    Raises:
        PredictionError: certificates or token cannot be read.
    """
    access = read_access(
        options.server,
        options.tls,
        options.ca_file,
        options.cert_file,
        options.key_file,
        options.token_file,
    )
    return Model(options.server, options.model, options.timeout, access, options.label)


def open_with(opening: str | None, story: Story) -> None:
    """Begin a story with the sentences of a file, if one is named.

    Raises:
        StoryError: it cannot be read, or the story has begun already.
    """
    if not opening:
        return
    if not os.path.exists(opening):
        raise StoryError("story_absent", path=opening)
    sentences = [line for line in read_lines(Path(opening)) if line]
    if not sentences:
        raise StoryError("opening_empty", path=opening)
    if story.sentences[: len(sentences)] == sentences:  # the same command once more
        return
    if story.sentences:
        raise StoryError("opening_late", path=str(story.path), count=len(story.sentences))
    story.append("write", [Line(sentence) for sentence in sentences])


def new_session(options: Namespace, story: Story, model: Model) -> Session:
    """Return a session with a story and a model.

    Raises:
        StoryError: where the dial stands cannot be saved.
        WeightsError: the weights of the ranking cannot be read.
    """
    if options.dial is not None and options.dial != story.history.dial:
        story.log("dial", value=options.dial)
    sampling = Sampling(options.temperature, options.top_p, options.diversity)
    weights = read_weights(options.weights)
    return Session(story, Proposer(model, sampling, options.seed, weights), options.lang)
