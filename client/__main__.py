"""``python -m client``: a co-writing session in the terminal, or with a program."""

import io
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from client import arguments
from client.errors import SayableError, StoryError
from client.messages import LANGUAGES
from client.sentences import split_sentences
from client.story.manuscript import Line
from client.story.story import Story

if TYPE_CHECKING:
    from client.remote.model import Model
    from client.session.session import Session
    from client.terminal.screen import Screen

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
        if stream.isatty():
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
        else:
            stream.reconfigure(encoding="utf-8", errors="replace", newline="\n")  # type: ignore[union-attr]


def _hold_session(options: Namespace, text: dict[str, str]) -> int:
    # gRPC and wcwidth load here, after the arguments are known to be right.
    from client.session import starting
    from client.terminal.screen import Screen

    screen = Screen(text, sys.stdout, sys.stderr)
    story: Story | None = None
    model: Model | None = None
    try:
        model = starting.reach(options)
        story = Story.open(options.story)
        begun = len(story.sentences)
        starting.open_with(options.opening, story)
        if options.auto and not story.sentences:
            _open_from_pipe(story)
        if options.auto and not story.sentences:
            screen.complain("auto_opening", {})
            return 2
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


def _open_from_pipe(story: Story) -> None:
    sentences = [] if sys.stdin.isatty() else split_sentences(sys.stdin.read())
    if sentences:
        story.append("write", [Line(sentence) for sentence in sentences])


def _write_together(
    options: Namespace, story: Story, begun: int, model: "Model", screen: "Screen"
) -> int:
    from client.session import starting

    session = starting.new_session(options, story, model)
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
    from client.terminal.autoplay import play
    from client.terminal.conversation import Conversation
    from client.terminal.keyboard import Keyboard, Script, utf8_terminal

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
