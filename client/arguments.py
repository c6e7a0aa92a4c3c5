"""The command line of ``python -m client``."""

import argparse
import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NoReturn

from client.messages import LANGUAGES
from client.sentences import clean

DEFAULT_PORT = 8500  # TensorFlow Serving's own for gRPC

_ADDRESS = re.compile(r"(?P<host>[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?", re.ASCII)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line of the writer's language, and exits with 2."""

    def __init__(self, text: Mapping[str, str]) -> None:
        super().__init__(
            prog="python -m client",
            description=text["description"],
            epilog=text["epilog"],
            add_help=False,
            allow_abbrev=False,
        )
        self._text = text

    def error(self, message: str) -> NoReturn:
        sys.stderr.write(
            clean(self._text["bad_usage"].format(why=message.removeprefix("argument "))) + "\n"
        )
        raise SystemExit(2)


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options; a story file that is not named gets a name with today's date and time.

    Raises:
        SystemExit: with 2 after one line about what is wrong, with 0 after ``--help``.
    """
    language = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    language.add_argument("--lang", default="ko", nargs="?")
    text = LANGUAGES.get(language.parse_known_args(argv)[0].lang, LANGUAGES["ko"])
    options = _parser(text).parse_args(argv)
    options.story = options.story or f"soseol-{datetime.now():%Y%m%d-%H%M%S}.txt"
    return options


def _parser(text: Mapping[str, str]) -> _Parser:
    positive = (float, lambda x: x > 0, text["range_positive"])
    share = (float, lambda x: 0 < x <= 1, text["range_share"])
    not_negative = (float, lambda x: x >= 0, text["range_not_negative"])
    integer = (int, lambda x: True, text["range_integer"])
    count = (int, lambda x: x >= 1, text["range_count"])

    parser = _Parser(text)
    parser.add_argument("story", nargs="?", help=text["option_story"])
    parser.add_argument("-h", "--help", action="help", help=text["option_help"])
    parser.add_argument("--lang", default="ko", choices=LANGUAGES, help=_help(text, "lang"))
    for name, default, convert in (
        ("server", f"localhost:{DEFAULT_PORT}", _address(text)),
        ("model", "soseol", str),
        ("seed", 1, _number(text, *integer)),
        ("auto", None, _number(text, *count)),
        ("timeout", 30.0, _number(text, *positive)),
        ("temperature", 0.8, _number(text, *positive)),
        ("top_p", 0.9, _number(text, *share)),
        ("diversity", 0.5, _number(text, *not_negative)),
    ):
        metavar = {"server": "HOST:PORT", "model": "NAME"}.get(name, "N")
        parser.add_argument(
            f"--{name}", default=default, type=convert, metavar=metavar, help=_help(text, name)
        )
    return parser


def _help(text: Mapping[str, str], name: str) -> str:
    return text[f"option_{name}"].format(default="%(default)s")


def _address(text: Mapping[str, str]) -> Callable[[str], str]:
    def convert(value: str) -> str:
        match = _ADDRESS.fullmatch(value)
        port = int(match["port"] or DEFAULT_PORT) if match else 0
        if not match or not 1 <= port <= 65535:
            raise argparse.ArgumentTypeError(text["bad_server"].format(value=value))
        return f"{match['host']}:{port}"

    return convert


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
