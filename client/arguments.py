"""The command lines of ``python -m client``, ``client.web``, ``.export`` and ``.learn``."""

import argparse
import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NoReturn

from client.messages import LANGUAGES
from client.ranking import BOLDEST, SAFEST
from client.sentences import clean

DEFAULT_PORT = 8500  # TensorFlow Serving's own for gRPC
PAGE_PORT = 8580

_ADDRESS = re.compile(r"(?P<host>[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?", re.ASCII)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line of the writer's language, and exits with 2."""

    def __init__(self, text: Mapping[str, str], module: str, description: str) -> None:
        super().__init__(
            prog=f"python -m {module}",
            description=text[description],
            epilog=text["epilog"],
            add_help=False,
            allow_abbrev=False,
        )
        self._text = text

    def error(self, message: str) -> NoReturn:
        sys.stderr.write(
            clean(
                self._text["bad_usage"].format(
                    why=message.removeprefix("argument "), command=self.prog
                )
            )
            + "\n"
        )
        raise SystemExit(2)


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options; a story file that is not named gets a name with today's date and time.

    Raises:
        SystemExit: with 2 after one line about what is wrong, with 0 after ``--help``.
    """
    text = _messages(argv)
    parser = _parser(text)
    options = _session_options(parser, text, argv)
    if options.json and options.auto:
        parser.error(text["json_or_auto"])
    return options


def parse_page(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of ``python -m client.web``.

    Raises:
        SystemExit: with 2 after one line about what is wrong, with 0 after ``--help``.
    """
    text = _messages(argv)
    port = (int, lambda x: 0 <= x <= 65535, text["range_port"])
    parser = _Parser(text, "client.web", "description_page")
    _add_session(parser, text)
    for name, default, convert, metavar in (
        ("host", "127.0.0.1", str, "ADDRESS"),
        ("port", PAGE_PORT, _number(text, *port), "N"),
    ):
        parser.add_argument(
            f"--{name}", default=default, type=convert, metavar=metavar, help=_help(text, name)
        )
    parser.add_argument("--page_token_file", metavar="FILE", help=text["option_page_token_file"])
    return _session_options(parser, text, argv)


def parse_export(argv: Sequence[str] | None, formats: Sequence[str]) -> argparse.Namespace:
    """Return the options of ``python -m client.export``.

    Raises:
        SystemExit: with 2 after one line about what is wrong, with 0 after ``--help``.
    """
    text = _messages(argv)
    parser = _Parser(text, "client.export", "description_export")
    parser.add_argument("story", help=text["option_story_export"])
    parser.add_argument("--to", required=True, choices=formats, help=text["option_to"])
    parser.add_argument("--output", metavar="FILE", help=text["option_output"])
    parser.add_argument("--provenance", action="store_true", help=text["option_provenance"])
    parser.add_argument("--title", help=text["option_title"])
    parser.add_argument("--author", default="", help=text["option_author"])
    _add_common(parser, text)
    return parser.parse_args(argv)


def parse_learn(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of ``python -m client.learn``.

    Raises:
        SystemExit: with 2 after one line about what is wrong, with 0 after ``--help``.
    """
    text = _messages(argv)
    parser = _Parser(text, "client.learn", "description_learn")
    parser.add_argument("story", nargs="+", help=text["option_story_learn"])
    parser.add_argument("--output", metavar="FILE", help=text["option_output_learn"])
    _add_common(parser, text)
    return parser.parse_args(argv)


def _session_options(
    parser: _Parser, text: Mapping[str, str], argv: Sequence[str] | None
) -> argparse.Namespace:
    options = parser.parse_args(argv)
    if not options.tls and (options.ca_file or options.cert_file):
        parser.error(text["tls_needed"])
    if bool(options.cert_file) != bool(options.key_file):
        parser.error(text["key_needed"])
    options.story = options.story or f"soseol-{datetime.now():%Y%m%d-%H%M%S}.txt"
    return options


def _messages(argv: Sequence[str] | None) -> Mapping[str, str]:
    """Return the messages of the language that is asked for, before all else is looked at."""
    language = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    language.add_argument("--lang", default="ko", nargs="?")
    return LANGUAGES.get(language.parse_known_args(argv)[0].lang, LANGUAGES["ko"])


def _add_common(parser: argparse.ArgumentParser, text: Mapping[str, str]) -> None:
    parser.add_argument("-h", "--help", action="help", help=text["option_help"])
    parser.add_argument("--lang", default="ko", choices=LANGUAGES, help=_help(text, "lang"))


def _parser(text: Mapping[str, str]) -> _Parser:
    parser = _Parser(text, "client", "description")
    _add_session(parser, text)
    count = (int, lambda x: x >= 1, text["range_count"])
    auto = _number(text, *count)
    parser.add_argument("--auto", type=auto, metavar="N", help=text["option_auto"])
    parser.add_argument("--json", action="store_true", help=text["option_json"])
    return parser


def _add_session(parser: _Parser, text: Mapping[str, str]) -> None:
    """Add what a session in the terminal and one on the page have in common."""
    positive = (float, lambda x: x > 0, text["range_positive"])
    share = (float, lambda x: 0 < x <= 1, text["range_share"])
    not_negative = (float, lambda x: x >= 0, text["range_not_negative"])
    integer = (int, lambda x: True, text["range_integer"])
    allowed = text["range_dial"].format(least=SAFEST, most=BOLDEST)
    dial = (int, lambda x: SAFEST <= x <= BOLDEST, allowed)

    parser.add_argument("story", nargs="?", help=text["option_story"])
    _add_common(parser, text)
    parser.add_argument("--opening", metavar="FILE", help=text["option_opening"])
    parser.add_argument("--weights", metavar="FILE", help=text["option_weights"])
    for name, default, convert in (
        ("server", f"localhost:{DEFAULT_PORT}", _addresses(text)),
        ("model", "soseol", str),
        ("label", None, str),
        ("seed", 1, _number(text, *integer)),
        ("dial", None, _number(text, *dial)),
        ("timeout", 30.0, _number(text, *positive)),
        ("temperature", 0.8, _number(text, *positive)),
        ("top_p", 0.9, _number(text, *share)),
        ("diversity", 0.5, _number(text, *not_negative)),
    ):
        metavar = {"server": "HOST:PORT[,…]", "model": "NAME", "label": "NAME"}.get(name, "N")
        parser.add_argument(
            f"--{name}", default=default, type=convert, metavar=metavar, help=_help(text, name)
        )
    parser.add_argument("--tls", action="store_true", help=text["option_tls"])
    for name in ("ca_file", "cert_file", "key_file", "token_file"):
        parser.add_argument(f"--{name}", metavar="FILE", help=text[f"option_{name}"])


def _help(text: Mapping[str, str], name: str) -> str:
    return text[f"option_{name}"].format(default="%(default)s")


def _addresses(text: Mapping[str, str]) -> Callable[[str], tuple[str, ...]]:
    def convert(value: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_address(one.strip(), text) for one in value.split(",")))

    return convert


def _address(value: str, text: Mapping[str, str]) -> str:
    match = _ADDRESS.fullmatch(value)
    port = int(match["port"] or DEFAULT_PORT) if match else 0
    if not match or not 1 <= port <= 65535:
        raise argparse.ArgumentTypeError(text["bad_server"].format(value=value))
    return f"{match['host']}:{port}"


def _number(
    text: Mapping[str, str],
    kind: Callable[[str], float],
    allowed: Callable[[float], bool],
    allowed_in_words: str,
) -> Callable[[str], float]:
    def convert(value: str) -> float:
        try:
            number = kind(value)
            if math.isfinite(number) and allowed(number):
                return number
        except (ValueError, OverflowError):
            pass
        message = text["bad_number"].format(value=value, range=allowed_in_words)
        raise argparse.ArgumentTypeError(message)

    return convert
