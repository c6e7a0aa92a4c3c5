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
from client.streams import prepare_output

INTERRUPTED = 130  # 128 + SIGINT, as shells report it


def main(argv: Sequence[str] | None = None) -> int:
    """Serve the page until SIGINT or SIGTERM.

    Returns:
        0 if it was ended by a signal, 1 if the page could not start or the story not be saved, 130
        for Ctrl-C before it started. Invalid arguments exit with 2.
    """
    prepare_output()
    options = arguments.parse_page(argv)
    text = LANGUAGES[options.lang]
    try:
        with ExitStack() as resources:
            _run(options, text, resources)
        return 0
    except UserFacingError as error:
        _print_error(text, error.key, error.fields)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package == "client":  # ours, and not for the writer to install
            raise
        _print_error(text, "web_missing", {"name": package})
    except KeyboardInterrupt:
        _print_error(text, "interrupted", {})
        return INTERRUPTED
    return 1


def _run(options: Namespace, text: Mapping[str, str], resources: ExitStack) -> None:
    """Open what the page needs, to be closed with ``resources``, and serve it.

    Raises:
        UserFacingError: something cannot be opened, or the story cannot be saved at the end.
        ModuleNotFoundError: a package is not installed.
    """
    # gRPC, Starlette and uvicorn load slowly, so only once the arguments are valid.
    from client.session import startup
    from client.web import endpoint
    from client.web.http_server import serve
    from client.web.page_messages import LANGUAGES as PAGE
    from client.web.shared_session import SharedSession

    token = endpoint.page_token(options.host, options.page_token_file)
    model = startup.create_model(options)
    resources.callback(model.close)
    story = Story.open(options.story)
    resources.callback(story.close)
    startup.add_opening(options.opening, story)
    listener = resources.enter_context(endpoint.listen(options.host, options.port))
    for address in model.check():
        _print_error(text, "server_skipped", {"address": address})
    session = startup.create_session(options, story, model)
    shared = SharedSession(session, PAGE[options.lang], options.lang)
    if not endpoint.is_loopback(options.host):
        _print_error(text, "page_in_clear", {})
    url = endpoint.url(options.host, listener, token)
    try:
        ready = partial(_print, text, "page_at", {"url": url})
        serve(shared, options.lang, options.host, listener, token, ready)
    finally:
        shared.close()
    _save(text, story)
    if story.sentences:
        _print(text, "goodbye", {"path": story.path, "count": len(story.sentences)})
    else:
        _print(text, "goodbye_empty", {})


def _save(text: Mapping[str, str], story: Story) -> None:
    """Save what is not on disk yet; print the story if it cannot be saved.

    Raises:
        StoryError: it cannot be saved.
    """
    try:
        story.save()
    except StoryError:
        _print_error(text, "unsaved", {})
        print(*story.sentences, sep="\n", flush=True)
        raise


def _print(text: Mapping[str, str], key: str, fields: Mapping[str, object]) -> None:
    print(_formatted(text, key, fields), flush=True)


def _print_error(text: Mapping[str, str], key: str, fields: Mapping[str, object]) -> None:
    print(_formatted(text, key, fields), file=sys.stderr, flush=True)


def _formatted(text: Mapping[str, str], key: str, fields: Mapping[str, object]) -> str:
    return text[key].format(**{name: clean(str(value)) for name, value in fields.items()})


if __name__ == "__main__":
    sys.exit(main())
