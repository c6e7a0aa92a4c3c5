"""``python -m client``: a co-writing session in the terminal."""

import io
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from client import arguments
from client.messages import LANGUAGES
from client.sentences import split_sentences
from client.story import Story, StoryError

if TYPE_CHECKING:
    from client.prediction import Model
    from client.screen import Screen
    from client.session import Session

INTERRUPTED = 130  # 128 + SIGINT, as shells report it


def main(argv: Sequence[str] | None = None) -> int:
    """Run a session; return the exit code."""
    _prepare_streams()
    options = arguments.parse(argv)
    text = LANGUAGES[options.lang]
    try:
        return _hold_session(options, text)
    except KeyboardInterrupt:
        print(text["interrupted"], file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # ``| head``: nobody reads on, and nobody wants to hear of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _prepare_streams() -> None:
    """Make files and pipes UTF-8 whatever the locale says; a terminal keeps its own encoding."""
    if sys.stdin is None:  # closed by ``<&-``
        sys.stdin = io.TextIOWrapper(io.BytesIO())
    if not sys.stdin.isatty():
        sys.stdin.reconfigure(encoding="utf-8", errors="strict")  # type: ignore[union-attr]
    for stream in (sys.stdout, sys.stderr):
        encoding = stream.encoding if stream.isatty() else "utf-8"
        stream.reconfigure(encoding=encoding, errors="replace")  # type: ignore[union-attr]


def _hold_session(options: Namespace, text: dict[str, str]) -> int:
    # gRPC and wcwidth load here, after the arguments are known to be right.
    from client.prediction import Model, PredictionError
    from client.screen import Screen

    screen = Screen(text, sys.stdout, sys.stderr)
    model = Model(options.server, options.model, options.timeout)
    try:
        story = Story.open(options.story)
        if options.auto and not _has_opening(story):
            screen.complain("auto_opening", {})
            return 2
        model.check()
        return _write_together(options, story, model, screen)
    except (StoryError, PredictionError) as error:
        screen.complain(error.key, error.fields)
    except UnicodeDecodeError:
        screen.complain("input_encoding", {})
    finally:
        model.close()
    return 1


def _has_opening(story: Story) -> bool:
    """Take the opening from standard input if the file has none; return whether there is one."""
    if not story.sentences and not sys.stdin.isatty():
        sentences = split_sentences(sys.stdin.read())
        if sentences:
            story.append(sentences)
    return bool(story.sentences)


def _write_together(options: Namespace, story: Story, model: "Model", screen: "Screen") -> int:
    from client.prediction import Sampling
    from client.session import Session

    screen.say("welcome", model=model.name, address=model.address)
    count = len(story.sentences)
    screen.say("story_continued" if count else "story_new", path=story.path, count=count)
    sampling = Sampling(options.temperature, options.top_p, options.diversity)
    session = Session(story, model, sampling, options.seed)
    code = 1
    try:
        code = _play_or_converse(options, session, screen)
    finally:
        kept = _part(screen, story)
    return code if kept else 1


def _play_or_converse(options: Namespace, session: "Session", screen: "Screen") -> int:
    from client.autoplay import play
    from client.reading import Keyboard, Script, utf8_terminal
    from client.terminal import Conversation

    if options.auto:
        screen.story(session.story.sentences)
        return play(session, screen, options.auto, options.seed)
    if not sys.stdin.isatty():
        return Conversation(session, Script(sys.stdin, sys.stdout), screen).run()
    with utf8_terminal():
        return Conversation(session, Keyboard(), screen).run()


def _part(screen: "Screen", story: Story) -> bool:
    """Say where the story is; show it if it could not be saved. Return whether it is kept."""
    if not story.saved:
        try:
            story.save()
        except StoryError as error:
            screen.complain(error.key, error.fields)
    if not story.saved:
        screen.complain("unsaved", {})
        screen.story(story.sentences)
    elif story.sentences:
        screen.say("goodbye", path=story.path, count=len(story.sentences))
    else:
        screen.say("goodbye_empty")
    return story.saved


if __name__ == "__main__":
    sys.exit(main())
