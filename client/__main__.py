"""``python -m client``: a co-writing session in the terminal, or with a program."""

import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from client import arguments
from client.errors import StoryError, UserFacingError
from client.messages import LANGUAGES
from client.sentences import split_sentences
from client.story.manuscript import Line
from client.story.story import Story
from client.streams import discard_output, prepare_input, prepare_output

if TYPE_CHECKING:
    from client.remote.model import Model
    from client.session.session import Session
    from client.terminal.screen import Screen

INTERRUPTED = 130  # 128 + SIGINT, as shells report it


def main(argv: Sequence[str] | None = None) -> int:
    """Run a session; return the exit code."""
    prepare_input()
    prepare_output()
    options = arguments.parse(argv)
    text = LANGUAGES[options.lang]
    try:
        return _run_session(options, text)
    except KeyboardInterrupt:
        print(text["interrupted"], file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # as with ``| head``: end silently
        discard_output()
        return 1


def _run_session(options: Namespace, text: dict[str, str]) -> int:
    # gRPC and wcwidth load here, after the arguments were checked.
    from client.session import startup
    from client.terminal.screen import Screen

    screen = Screen(text, sys.stdout, sys.stderr)
    story: Story | None = None
    model: Model | None = None
    try:
        model = startup.create_model(options)
        story = Story.open(options.story)
        sentences = len(story.sentences)
        startup.add_opening(options.opening, story)
        if options.auto and not story.sentences:
            _add_piped_opening(story)
        if options.auto and not story.sentences:
            screen.show_error("auto_opening", {})
            return 2
        for address in model.check():
            screen.show_error("server_skipped", {"address": address})
        return _write_story(options, story, sentences, model, screen)
    except UserFacingError as error:
        screen.show_error(error.key, error.fields)
    except UnicodeDecodeError:
        screen.show_error("input_encoding", {})
    finally:
        if model:
            model.close()
        if story:
            story.close()
    return 1


def _add_piped_opening(story: Story) -> None:
    sentences = [] if sys.stdin.isatty() else split_sentences(sys.stdin.read())
    if sentences:
        story.append("write", [Line(sentence) for sentence in sentences])


def _write_story(
    options: Namespace, story: Story, sentences: int, model: "Model", screen: "Screen"
) -> int:
    from client.session import startup

    session = startup.create_session(options, story, model)
    if options.json:
        return _run_json(options, session, model)
    screen.say("welcome", model=model.name, address=model.address)
    screen.say("story_continued" if sentences else "story_new", path=story.path, count=sentences)
    for event in session.begin():
        screen.show(event)
    code = 1
    try:
        code = _run_terminal(options, session, screen)
    finally:
        saved = _say_goodbye(screen, story)
    return code if saved else 1


def _run_json(options: Namespace, session: "Session", model: "Model") -> int:
    from client.json_lines import JsonLines

    lines = JsonLines(session, sys.stdin, sys.stdout, LANGUAGES[options.lang])
    code = lines.run(model=model.name, server=model.address)
    session.story.save()
    return code


def _run_terminal(options: Namespace, session: "Session", screen: "Screen") -> int:
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


def _say_goodbye(screen: "Screen", story: Story) -> bool:
    """Say where the story is, or print it if it cannot be saved; return whether it is saved."""
    if not story.saved:
        try:
            story.save()
        except StoryError as error:
            screen.show_error(error.key, error.fields)
    if not story.saved:
        screen.show_error("unsaved", {})
        screen.story(story.lines)
    elif story.sentences:
        screen.say("goodbye", path=story.path, count=len(story.sentences))
    else:
        screen.say("goodbye_empty")
    return story.saved


if __name__ == "__main__":
    sys.exit(main())
