"""Whether a terminal follows escape sequences, which a Windows console has to be asked for."""

import os
import sys
from typing import Any, TextIO

_STD_OUTPUT_HANDLE = -11
_ENABLE_VIRTUAL_TERMINAL_PROCESSING = 0x0004


def follows_escapes(out: TextIO) -> bool:
    """Return whether ``out`` is a terminal that follows escape sequences, switched on if needed."""
    if not out.isatty() or os.environ.get("TERM") == "dumb":
        return False
    return sys.platform != "win32" or _enable()


def _enable() -> bool:
    """Ask the Windows console; one from before Windows 10 refuses."""
    import ctypes

    kernel32: Any = ctypes.windll.kernel32  # type: ignore[attr-defined]  # on Windows only
    handle, mode = kernel32.GetStdHandle(_STD_OUTPUT_HANDLE), ctypes.c_uint32()
    if not kernel32.GetConsoleMode(handle, ctypes.byref(mode)):
        return False
    mode = ctypes.c_uint32(mode.value | _ENABLE_VIRTUAL_TERMINAL_PROCESSING)
    return bool(kernel32.SetConsoleMode(handle, mode))
