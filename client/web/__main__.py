"""``python -m client.web``: a co-writing session in the browser."""

import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial

from client import arguments
from client.errors import StoryError, UserFacingError
from client.messages import LANGUAGES
from client.sentences import clean
from client.story.story import Story

INTERRUPTED = 130  # 128 + SIGINT, as shells report it


def main(argv: Sequence[str] | None = None) -> int:
    """Serve the page until SIGINT or SIGTERM.

    Returns:
        0 after an orderly end, 1 if the page could not start or the story not be saved, 130 for
        Ctrl-C before it started. Bad usage leaves with 2.
    """
    options = arguments.parse_page(argv)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    text = LANGUAGES[options.lang]
    try:
        with ExitStack() as opened:
            _run(options, text, opened)
        return 0
    except UserFacingError as error:
        _complain(text, error.key, error.fields)
    except ModuleNotFoundError as error:
        _complain(text, "web_missing", {"name": error.name})
    except KeyboardInterrupt:
        _complain(text, "interrupted", {})
        return INTERRUPTED
    return 1


def _run(options: Namespace, text: Mapping[str, str], opened: ExitStack) -> None:
    """Open what the page needs, closed with ``opened``, and serve it.

    Raises:
        UserFacingError: something of it cannot be had, or the story not be saved at the end.
    """
    # gRPC, Starlette and uvicorn load here, after the arguments are known to be right.
    from client.session import startup
    from client.web import listening
    from client.web.desk import Desk
    from client.web.page_messages import LANGUAGES as PAGE
    from client.web.serving import serve

    token = listening.page_token(options.host, options.page_token_file)
    model = startup.create_model(options)
    opened.callback(model.close)
    story = Story.open(options.story)
    opened.callback(story.close)
    startup.add_opening(options.opening, story)
    sock = opened.enter_context(listening.listen(options.host, options.port))
    for address in model.check():
        _complain(text, "server_skipped", {"address": address})
    desk = Desk(startup.create_session(options, story, model), PAGE[options.lang], options.lang)
    if not listening.is_loopback(options.host):
        _complain(text, "page_in_clear", {})
    url = listening.url(options.host, sock, token)
    try:
        ready = partial(_say, text, "page_at", {"url": url})
        serve(desk, options.lang, options.host, sock, token, ready)
    finally:
        desk.close()
    _save(text, story)
    if story.sentences:
        _say(text, "goodbye", {"path": story.path, "count": len(story.sentences)})
    else:
        _say(text, "goodbye_empty", {})


def _save(text: Mapping[str, str], story: Story) -> None:
    """Save what is not on disk yet; show the story if that is impossible.

    Raises:
        StoryError: it is impossible.
    """
    try:
        story.save()
    except StoryError:
        _complain(text, "unsaved", {})
        print(*story.sentences, sep="\n", flush=True)
        raise


def _say(text: Mapping[str, str], key: str, fields: Mapping[str, object]) -> None:
    print(_filled(text, key, fields), flush=True)


def _complain(text: Mapping[str, str], key: str, fields: Mapping[str, object]) -> None:
    print(_filled(text, key, fields), file=sys.stderr, flush=True)


def _filled(text: Mapping[str, str], key: str, fields: Mapping[str, object]) -> str:
    return text[key].format(**{name: clean(str(value)) for name, value in fields.items()})


if __name__ == "__main__":
    sys.exit(main())
