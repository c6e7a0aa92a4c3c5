"""The command lines of ``python -m client``, ``client.web``, ``.export`` and ``.learn``."""

import argparse
import math
import re
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from client.messages import LANGUAGES, in_language
from client.ranking import BOLDEST, SAFEST
from client.remote.sampling import Sampling
from client.sentences import clean

DEFAULT_PORT = 8500  # TensorFlow Serving's gRPC port
PAGE_PORT = 8580
LONGEST_TIMEOUT = 86_400  # seconds; gRPC takes a deadline centuries ahead for one in the past
DEFAULT_LANGUAGE = "ko"

_ADDRESS = re.compile(r"(?P<host>[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?", re.ASCII)
_USAGE = "usage: "  # how argparse begins a help text
_HELP_COLUMN = 24  # where argparse puts the help of an option
_MIN_COLUMNS = 11  # columns that argparse wraps help to in a narrow terminal


class _Parser(argparse.ArgumentParser):
    """Speaks the writer's language; reports an error in one line and exits with 2."""

    def __init__(self, language: str, module: str, description: str) -> None:
        self.text: Mapping[str, str] = LANGUAGES[language]
        self._language = language
        super().__init__(
            prog=f"python -m {module}",
            description=self.text[description],
            epilog=self.text["epilog"],
            formatter_class=argparse.RawTextHelpFormatter,
            add_help=False,
            allow_abbrev=False,
        )
        self._add_argument = self.add_argument_group(self.text["arguments"]).add_argument
        self._add_option = self.add_argument_group(self.text["options"]).add_argument
        self._described: list[argparse.Action] = []

    def option(self, name: str, key: str | None = None, **settings: Any) -> None:
        """Add an option; ``key`` is that of its help, ``option_`` and its name by default."""
        description = self.text[key or f"option_{name}"].format(default=settings.get("default"))
        self._add(self._add_option, f"--{name}", help=description, **settings)

    def story(self, key: str, **settings: Any) -> None:
        """Add the story file, or files; ``key`` is that of its help."""
        self._add(self._add_argument, "story", help=self.text[key], **settings)

    def common_options(self) -> None:
        """Add the options that every command has."""
        self._add(self._add_option, "-h", "--help", action="help", help=self.text["option_help"])
        self.option("lang", default=DEFAULT_LANGUAGE, choices=LANGUAGES)

    def _add(self, add: Callable[..., argparse.Action], *names: str, **settings: Any) -> None:
        self._described.append(add(*names, **settings))

    def format_help(self) -> str:
        """Return the help, wrapped by columns: argparse counts Hangul as narrow."""
        from wcwidth import wcswidth, wrap  # only help needs it

        columns = shutil.get_terminal_size().columns - 2

        def wrapped(text: str, indent: int) -> str:
            # The space after a colon does not break: a value stays beside its name.
            glued = " ".join(text.split()).replace(": ", ":\u00a0")
            lines = wrap(glued, max(columns - indent, _MIN_COLUMNS), break_on_hyphens=False)
            return "\n".join(lines).replace("\u00a0", " ")

        self.description = wrapped(self.description or "", 0)
        self.epilog = wrapped(self.epilog or "", 0)
        for action in self._described:
            action.help = wrapped(action.help or "", _HELP_COLUMN)
        usage, blank, rest = super().format_help().removeprefix(_USAGE).partition("\n\n")
        title = self.text["usage"]
        wider = " " * (wcswidth(title) - len(_USAGE))
        return title + usage.replace("\n", f"\n{wider}") + blank + rest

    def error(self, message: str) -> NoReturn:
        why = in_language(message, self._language)
        line = self.text["bad_usage"].format(why=why, command=self.prog)
        sys.stderr.write(f"{clean(line)}\n")
        raise SystemExit(2)


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of ``python -m client``; without a story, one is named after the time.

    Raises:
        SystemExit: with 2 after one line about what is wrong, with 0 after ``--help``.
    """
    parser = _Parser(_language(argv), "client", "description")
    _add_session_options(parser)
    parser.option("auto", type=whole_number(parser.text, 1), metavar="N")
    parser.option("json", action="store_true")
    options = _parse_session(parser, argv)
    if options.json and options.auto:
        parser.error(parser.text["json_or_auto"])
    return options


def parse_page(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of ``python -m client.web``; without a story, one is named after the time.

    Raises:
        SystemExit: with 2 after one line about what is wrong, with 0 after ``--help``.
    """
    parser = _Parser(_language(argv), "client.web", "description_page")
    _add_session_options(parser)
    parser.option("host", default="127.0.0.1", metavar="ADDRESS")
    port = whole_number(parser.text, 0, 65535)
    parser.option("port", default=PAGE_PORT, type=port, metavar="N")
    parser.option("page_token_file", metavar="FILE")
    return _parse_session(parser, argv)


def parse_export(argv: Sequence[str] | None, formats: Sequence[str]) -> argparse.Namespace:
    """Return the options of ``python -m client.export``.

    Raises:
        SystemExit: with 2 after one line about what is wrong, with 0 after ``--help``.
    """
    parser = _Parser(_language(argv), "client.export", "description_export")
    parser.story("option_story_export")
    parser.common_options()
    parser.option("to", required=True, choices=formats)
    parser.option("output", metavar="FILE")
    parser.option("provenance", action="store_true")
    parser.option("title")
    parser.option("author", default="", metavar="NAME")
    return parser.parse_args(argv)


def parse_learn(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of ``python -m client.learn``.

    Raises:
        SystemExit: with 2 after one line about what is wrong, with 0 after ``--help``.
    """
    parser = _Parser(_language(argv), "client.learn", "description_learn")
    parser.story("option_story_learn", nargs="+")
    parser.option("output", "option_output_learn", metavar="FILE")
    parser.common_options()
    return parser.parse_args(argv)


def whole_number(
    text: Mapping[str, str], least: int | None = None, most: int | None = None
) -> Callable[[str], int]:
    """Return a ``type=`` for whole numbers from ``least`` to ``most``, both included.

    Args:
        text: the messages of the writer's language.
        least: no smaller number; None for any number, with ``most`` None too.
        most: no larger number; None for no limit.
    """
    key = "whole_number_between" if most is not None else "whole_number_at_least"
    allowed = text["whole_number" if least is None else key].format(least=least, most=most)

    def convert(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            raise _not_a(allowed, value, text) from None
        if (least is not None and number < least) or (most is not None and number > most):
            raise _not_a(allowed, value, text)
        return number

    return convert


def number(
    text: Mapping[str, str],
    *,
    above: float | None = None,
    least: float | None = None,
    most: float | None = None,
) -> Callable[[str], float]:
    """Return a ``type=`` for finite numbers, above ``above`` (up to ``most``) or from ``least`` on.

    Args:
        text: the messages of the writer's language.
        above: only larger numbers; give this or ``least``.
        least: no smaller number.
        most: no larger number, with ``above`` only; None for no limit.
    """
    key = "number_at_least" if above is None else "number_above"
    allowed = text[key if most is None else "number_above_to"]
    allowed = allowed.format(above=above, least=least, most=most)

    def convert(value: str) -> float:
        try:
            number = float(value)
        except ValueError:
            raise _not_a(allowed, value, text) from None
        inside = (above is None or number > above) and (least is None or number >= least)
        if not (math.isfinite(number) and inside and (most is None or number <= most)):
            raise _not_a(allowed, value, text)
        return number

    return convert


def _not_a(allowed: str, value: str, text: Mapping[str, str]) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(text["bad_number"].format(value=repr(value), range=allowed))


def _add_session_options(parser: _Parser) -> None:
    """Add the options of a session, which the terminal and the page share."""
    text = parser.text
    sampling = Sampling()
    parser.story("option_story", nargs="?")
    parser.common_options()
    parser.option("opening", metavar="FILE")
    parser.option("weights", metavar="FILE")
    server = f"localhost:{DEFAULT_PORT}"
    parser.option("server", default=server, type=_addresses(text), metavar="HOST:PORT[,…]")
    parser.option("model", default="soseol", metavar="NAME")
    parser.option("label", metavar="NAME")
    for name, default, convert in (
        ("seed", 1, whole_number(text)),
        ("dial", None, whole_number(text, SAFEST, BOLDEST)),
        ("timeout", 30.0, number(text, above=0, most=LONGEST_TIMEOUT)),
        ("temperature", sampling.temperature, number(text, above=0)),
        ("top_p", sampling.top_p, number(text, above=0, most=1)),
        ("diversity", sampling.diversity, number(text, least=0)),
    ):
        parser.option(name, default=default, type=convert, metavar="N")
    parser.option("tls", action="store_true")
    for name in ("ca_file", "cert_file", "key_file", "token_file"):
        parser.option(name, metavar="FILE")


def _parse_session(parser: _Parser, argv: Sequence[str] | None) -> argparse.Namespace:
    options = parser.parse_args(argv)
    if not options.tls and (options.ca_file or options.cert_file):
        parser.error(parser.text["tls_needed"])
    if bool(options.cert_file) != bool(options.key_file):
        parser.error(parser.text["key_needed"])
    options.story = options.story or f"soseol-{datetime.now():%Y%m%d-%H%M%S}.txt"
    return options


def _language(argv: Sequence[str] | None) -> str:
    """Return the value of ``--lang``, needed early: errors in other options use it too."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--lang", nargs="?")
    language = parser.parse_known_args(argv)[0].lang
    return language if language in LANGUAGES else DEFAULT_LANGUAGE


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
