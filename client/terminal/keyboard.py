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
    """Where lines come from."""

    interactive: bool
    prefills: bool  # whether a line can be offered for change

    def line(self, prompt: str, prefill: str = "") -> str:
        """Return the next line, without its end.

        Args:
            prompt: what to show before it.
            prefill: what stands there already, to be changed, where that is possible.

        Raises:
            EOFError: there is none.
            KeyboardInterrupt: the writer pressed Ctrl-C.
        """

    def waiting(self) -> bool:
        """Return whether the next line is on its way already, as when many are pasted."""


class Keyboard:
    """A person at a terminal."""

    interactive = True

    def __init__(self) -> None:
        # Half a syllable that was deleted byte by byte must not end the session.
        sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]
        self._readline: ModuleType | None = None
        with suppress(ImportError):
            _speak_utf8()
            import readline

            readline.parse_and_bind("tab: self-insert")
            if os.environ.get("TERM") != "dumb":
                # What is pasted arrives as one piece, however many lines it has.
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

    def waiting(self) -> bool:
        """Return whether more has been typed or pasted than was read."""
        try:
            import msvcrt
        except ImportError:
            return bool(select.select([sys.stdin], [], [], 0)[0])
        return bool(msvcrt.kbhit())  # type: ignore[attr-defined]  # select is for sockets there


class Script:
    """Lines from a file or pipe, taken as if they were typed, and shown with their prompts."""

    interactive = False
    prefills = False
    _ECHOED = 200  # characters of a line that are shown again

    def __init__(self, lines: TextIO, echo: TextIO) -> None:
        self._lines = lines
        self._echo = echo

    def line(self, prompt: str, prefill: str = "") -> str:
        """Read the next line; it replaces ``prefill``."""
        line = self._lines.readline()
        if not line:
            raise EOFError
        line = line.rstrip("\r\n")
        shown = clean(line[: self._ECHOED]) + ("…" if len(line) > self._ECHOED else "")
        print(f"{prompt}{shown}", file=self._echo, flush=True)
        return line

    def waiting(self) -> bool:
        """Return False: every line is taken as if it were typed in good time."""
        return False


def _speak_utf8() -> None:
    """Let readline take UTF-8 for UTF-8 where ``LC_ALL=C`` would have it drop Hangul.

    Python itself reads UTF-8 in that locale (PEP 540); readline asks the environment.
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
    """Let the terminal driver erase whole UTF-8 characters, as ``stty iutf8`` does, and undo it."""
    termios = _termios()
    if not termios or not _is_utf8(sys.stdin.encoding):
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    changed = list(before)
    changed[0] |= _IUTF8
    termios.tcsetattr(sys.stdin, termios.TCSANOW, changed)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSANOW, before)


def _termios() -> ModuleType | None:
    try:
        import termios
    except ImportError:  # Windows, whose console knows no bytes
        return None
    return termios if sys.platform in ("linux", "darwin") else None


def _is_utf8(encoding: str | None) -> bool:
    return (encoding or "").lower().replace("-", "") == "utf8"
