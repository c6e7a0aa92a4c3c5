"""Reads what a writer types: at a keyboard with line editing, or from a file or pipe.

At a keyboard the line editor is that of ``input()`` (GNU readline; on Windows the console's own),
not one that draws the screen: Korean input methods draw the syllable being composed at the
terminal's real cursor.
"""

import locale
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Protocol, TextIO

from client.sentences import clean

_IUTF8 = 0x4000  # termios.IUTF8 on Linux and macOS; Python names it from 3.13 on


class Reader(Protocol):
    """A source of lines."""

    interactive: bool
    prefills: bool  # whether a line can start with text to edit

    def line(self, prompt: str, prefill: str = "") -> str:
        """Return the next line, without its line feed.

        Args:
            prompt: shown before it.
            prefill: text to edit, if ``prefills``.

        Raises:
            EOFError: the input has ended.
            KeyboardInterrupt: the writer pressed Ctrl-C.
        """

    def has_pending_input(self) -> bool:
        """Return whether more input is waiting, as after a paste of several lines."""


class Keyboard:
    """A writer at a terminal."""

    interactive = True

    def __init__(self) -> None:
        # Part of a syllable, left by deleting byte by byte, must not end the session.
        sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]
        self._readline: ModuleType | None = None
        with suppress(ImportError):
            _use_utf8_locale()
            import readline

            readline.parse_and_bind("tab: self-insert")
            if os.environ.get("TERM") != "dumb":
                # Pasted text arrives as one line, even if it has several.
                readline.parse_and_bind("set enable-bracketed-paste on")
            self._readline = readline
        self.prefills = hasattr(self._readline, "set_pre_input_hook")

    def line(self, prompt: str, prefill: str = "") -> str:
        """Read a line with editing and history."""
        readline = self._readline
        if not (prefill and self.prefills and readline):
            return input(prompt).replace("\ufffd", "")

        def insert() -> None:
            readline.insert_text(prefill)
            readline.redisplay()

        readline.set_pre_input_hook(insert)
        try:
            return input(prompt).replace("\ufffd", "")
        finally:
            readline.set_pre_input_hook(None)

    def has_pending_input(self) -> bool:
        """Return whether typed or pasted input is waiting."""
        try:
            import msvcrt
        except ImportError:
            return bool(select.select([sys.stdin], [], [], 0)[0])
        return bool(msvcrt.kbhit())  # type: ignore[attr-defined]  # select takes only sockets there


class Script:
    """Lines from a file or pipe, handled as if typed, and echoed after their prompts."""

    interactive = False
    prefills = False
    _MAX_ECHOED = 200  # characters of a line

    def __init__(self, lines: TextIO, echo: TextIO) -> None:
        self._lines = lines
        self._echo = echo

    def line(self, prompt: str, prefill: str = "") -> str:
        """Read the next line; it replaces ``prefill``."""
        line = self._lines.readline()
        if not line:
            raise EOFError
        line = line.rstrip("\r\n")
        shown = clean(line[: self._MAX_ECHOED]) + ("…" if len(line) > self._MAX_ECHOED else "")
        print(f"{prompt}{shown}", file=self._echo, flush=True)
        return line

    def has_pending_input(self) -> bool:
        """Return False: a script has no pastes."""
        return False


def _use_utf8_locale() -> None:
    """Make readline use UTF-8 where ``LC_ALL=C`` would make it drop Hangul.

    Python itself uses UTF-8 in that locale (PEP 540); readline reads the environment.
    """
    if not _is_utf8(sys.stdin.encoding) or not hasattr(locale, "nl_langinfo"):
        return
    if _is_utf8(locale.nl_langinfo(locale.CODESET)):
        return
    with suppress(locale.Error):
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
        os.environ.pop("LC_ALL", None)
        os.environ["LC_CTYPE"] = "C.UTF-8"


@contextmanager
def utf8_terminal() -> Iterator[None]:
    """Make the terminal driver erase whole UTF-8 characters (``stty iutf8``) during the block."""
    termios = _termios()
    if not termios or not _is_utf8(sys.stdin.encoding):
        yield
        return
    original = termios.tcgetattr(sys.stdin)
    changed = list(original)
    changed[0] |= _IUTF8
    termios.tcsetattr(sys.stdin, termios.TCSANOW, changed)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSANOW, original)


def _termios() -> ModuleType | None:
    try:
        import termios
    except ImportError:  # Windows, whose console handles whole characters
        return None
    return termios if sys.platform in ("linux", "darwin") else None


def _is_utf8(encoding: str | None) -> bool:
    return (encoding or "").lower().replace("-", "") == "utf8"
