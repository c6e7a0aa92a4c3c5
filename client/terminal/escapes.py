"""Whether a terminal interprets escape sequences; on Windows this has to be enabled."""

import os
import sys
from typing import Any, TextIO

_STD_OUTPUT_HANDLE = -11
_ENABLE_VIRTUAL_TERMINAL_PROCESSING = 0x0004


def enable_escapes(out: TextIO) -> bool:
    """Return whether ``out`` is a terminal with escape sequences, enabled if necessary."""
    if not out.isatty() or os.environ.get("TERM") == "dumb":
        return False
    return sys.platform != "win32" or _enable_on_windows()


def _enable_on_windows() -> bool:
    """Enable them in the Windows console; return False before Windows 10."""
    import ctypes

    kernel32: Any = ctypes.windll.kernel32  # type: ignore[attr-defined]  # on Windows only
    handle, mode = kernel32.GetStdHandle(_STD_OUTPUT_HANDLE), ctypes.c_uint32()
    if not kernel32.GetConsoleMode(handle, ctypes.byref(mode)):
        return False
    mode = ctypes.c_uint32(mode.value | _ENABLE_VIRTUAL_TERMINAL_PROCESSING)
    return bool(kernel32.SetConsoleMode(handle, mode))
