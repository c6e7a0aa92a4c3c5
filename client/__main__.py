"""``python -m client``: a co-writing session in the terminal, or with a program."""

import io
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from client import arguments
from client.access import read_access
from client.errors import SayableError, StoryError
from client.manuscript import Line
from client.messages import LANGUAGES
from client.sentences import split_sentences
from client.story import Story
from client.textfile import read_lines

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
    from client.prediction import Model
    from client.screen import Screen

    screen = Screen(text, sys.stdout, sys.stderr)
    story: Story | None = None
    model: Model | None = None
    try:
        access = read_access(
            options.server,
            options.tls,
            options.ca_file,
            options.cert_file,
            options.key_file,
            options.token_file,
        )
        story = Story.open(options.story)
        begun = len(story.sentences)
        _open_with(options, story)
        if options.auto and not story.sentences:
            screen.complain("auto_opening", {})
            return 2
        model = Model(options.server, options.model, options.timeout, access)
        for address in model.check():
            screen.complain("server_skipped", {"address": address})
        return _write_together(options, story, begun, model, screen)
    except SayableError as error:
        screen.complain(error.key, error.fields)
    except UnicodeDecodeError:
        screen.complain("input_encoding", {})
    finally:
        if model:
            model.close()
        if story:
            story.close()
    return 1


def _open_with(options: Namespace, story: Story) -> None:
    """Take the opening from a file, or for ``--auto`` from standard input.

    Raises:
        StoryError: it cannot be read, or the story has begun already.
    """
    if options.opening:
        sentences = _read_opening(options.opening)
        if story.sentences[: len(sentences)] == sentences:  # the same command once more
            return
        if story.sentences:
            raise StoryError("opening_late", path=str(story.path), count=len(story.sentences))
    elif options.auto and not story.sentences and not sys.stdin.isatty():
        sentences = split_sentences(sys.stdin.read())
    else:
        return
    if sentences:
        story.append("write", [Line(sentence) for sentence in sentences])


def _read_opening(path: str) -> list[str]:
    if not os.path.exists(path):
        raise StoryError("story_absent", path=path)
    sentences = [line for line in read_lines(Path(path)) if line]
    if not sentences:
        raise StoryError("opening_empty", path=path)
    return sentences


def _write_together(
    options: Namespace, story: Story, begun: int, model: "Model", screen: "Screen"
) -> int:
    from client.prediction import Sampling
    from client.proposing import Proposer
    from client.session import Session

    sampling = Sampling(options.temperature, options.top_p, options.diversity)
    session = Session(story, Proposer(model, sampling, options.seed), options.lang)
    if options.json:
        return _serve_program(options, session, model)
    screen.say("welcome", model=model.name, address=model.address)
    screen.say("story_continued" if begun else "story_new", path=story.path, count=begun)
    for event in session.begin():
        screen.show(event)
    code = 1
    try:
        code = _play_or_converse(options, session, screen)
    finally:
        kept = _part(screen, story)
    return code if kept else 1


def _serve_program(options: Namespace, session: "Session", model: "Model") -> int:
    from client.json_lines import JsonLines

    lines = JsonLines(session, sys.stdin, sys.stdout, LANGUAGES[options.lang])
    code = lines.run(model=model.name, server=model.address)
    session.story.save()
    return code


def _play_or_converse(options: Namespace, session: "Session", screen: "Screen") -> int:
    from client.autoplay import play
    from client.reading import Keyboard, Script, utf8_terminal
    from client.terminal import Conversation

    if options.auto:
        screen.story(session.story.lines)
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
        screen.story(story.lines)
    elif story.sentences:
        screen.say("goodbye", path=story.path, count=len(story.sentences))
    else:
        screen.say("goodbye_empty")
    return story.saved


if __name__ == "__main__":
    sys.exit(main())
