"""Runs a part of the client as on Windows, as far as that can be had elsewhere.

``python -m tests.client.windows_like PART [ARGUMENTS]``, where ``PART`` is ``client``,
``client.export``, ``client.learn``, ``page`` or ``imports``. What Windows does not have is hidden
from the client, not from the libraries, which have code of their own for Windows.
"""

import asyncio
import builtins
import contextlib
import errno
import importlib
import locale
import os
import pkgutil
import select
import signal
import sys
import types

MODULES = {
    "fcntl",
    "grp",
    "posix",
    "pty",
    "pwd",
    "readline",
    "resource",
    "syslog",
    "termios",
    "tty",
}
OS_NAMES = (
    "fchmod fork geteuid getuid get_blocking killpg mkfifo openpty pread pwrite set_blocking "
    "O_CLOEXEC O_DIRECTORY O_NOFOLLOW O_NONBLOCK O_SYNC"
)
SIGNAL_NAMES = "SIGALRM SIGHUP SIGKILL SIGQUIT SIGUSR1 SIGUSR2 SIGWINCH alarm pause"
PAGE_LIBRARIES = "jinja2 starlette.testclient uvicorn"
LEARN_LIBRARIES = "sklearn.linear_model sklearn.model_selection threadpoolctl"
LIBRARIES = {
    "client": "filelock grpc wcwidth",
    "client.export": "docx filelock",
    "client.learn": f"filelock {LEARN_LIBRARIES}",
    "page": f"docx filelock grpc {PAGE_LIBRARIES}",
    "imports": f"docx filelock grpc {LEARN_LIBRARIES} {PAGE_LIBRARIES} wcwidth",
}
O_BINARY = 0x8000


def hide(part):
    for name in LIBRARIES[part].split():
        importlib.import_module(name)
    for module, names in ((os, OS_NAMES), (signal, SIGNAL_NAMES), (locale, "nl_langinfo CODESET")):
        for name in names.split():
            if hasattr(module, name):
                delattr(module, name)
    _hide_modules()
    _hide_select()
    _hide_open_files()
    asyncio.BaseEventLoop.add_signal_handler = _not_implemented
    with contextlib.suppress(AttributeError):
        del asyncio.SelectorEventLoop.add_signal_handler


def _not_implemented(*_):
    raise NotImplementedError


def _hide_modules():
    imported = builtins.__import__

    def import_as_on_windows(name, namespace=None, *more, **named):
        inside = (namespace or {}).get("__name__", "").partition(".")[0] == "client"
        if inside and name.partition(".")[0] in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return imported(name, namespace, *more, **named)

    builtins.__import__ = import_as_on_windows
    if "msvcrt" not in sys.modules:
        sys.modules["msvcrt"] = types.SimpleNamespace(kbhit=lambda: 0)


def _hide_select():
    selected = select.select

    def sockets_only(reading, writing, failing, *timeout):
        lists = (reading, writing, failing)
        numbers = [one if isinstance(one, int) else one.fileno() for some in lists for one in some]
        if any(number <= 2 for number in numbers):
            raise OSError(10038, "An operation was attempted on something that is not a socket")
        return selected(*lists, *timeout)

    select.select = sockets_only


def _hide_open_files():
    """No folder can be opened; no open file can be removed or replaced; files have a mode."""
    opened, os.O_BINARY = os.open, O_BINARY

    def open_as_on_windows(path, flags, *more, **named):
        if os.path.isdir(path):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        binary = flags & O_BINARY or str(path).endswith(".lock")
        assert binary or path == os.devnull, f"{path} is opened as text"
        return opened(path, flags & ~O_BINARY, *more, **named)

    os.open = open_as_on_windows
    for name in ("remove", "rename", "replace", "unlink"):
        setattr(os, name, _refusing_open_files(getattr(os, name)))


def _refusing_open_files(function):
    def refusing(*paths, **named):
        for path in paths:
            if os.path.realpath(path) in _open_paths():
                error = PermissionError(errno.EACCES, "used by another process", str(path))
                error.winerror = 32
                raise error
        return function(*paths, **named)

    return refusing


def _open_paths():
    with contextlib.suppress(FileNotFoundError):
        for number in os.listdir("/proc/self/fd"):
            with contextlib.suppress(OSError):
                yield os.readlink(f"/proc/self/fd/{number}")


def import_everything():
    import client

    for module in pkgutil.walk_packages(client.__path__, "client."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
            print(module.name)


def write_on_the_page(path, address):
    """Hold a session as the page's windows do."""
    from starlette.testclient import TestClient

    from client import arguments
    from client.session import startup
    from client.story.story import Story
    from client.web.app import application
    from client.web.page_messages import LANGUAGES
    from client.web.security import SecurityMiddleware
    from client.web.shared_session import SharedSession

    options = arguments.parse_page([path, "--server", address])
    model, story = startup.create_model(options), Story.open(path)
    session = startup.create_session(options, story, model)
    shared = SharedSession(session, LANGUAGES["ko"], "ko")
    origin = "http://localhost"
    app = SecurityMiddleware(application(shared, "ko"), (), 8580, None)
    with TestClient(app, origin, headers={"Origin": origin}) as window:
        for command in ({"command": "ask"}, {"command": "take", "number": 3}, {"command": "undo"}):
            shown = window.get("/state").json()
            number = command.get("number", 0)
            expected = shown["candidates"][number - 1]["text"] if number else None
            wish = {"action": command, "place": shown["place"], "expected": expected}
            answer = window.post("/act", json=wish).raise_for_status().json()
            print(*(event["event"] for event in answer["events"]))
        print(len(window.get("/export/epub").raise_for_status().content) > 1000)
    shared.close()
    story.save()
    story.close()
    model.close()


def main():
    part, *arguments = sys.argv[1:]
    hide(part)
    if part == "imports":
        import_everything()
    elif part == "page":
        write_on_the_page(*arguments)
    else:
        sys.argv[1:] = arguments
        sys.exit(importlib.import_module(f"{part}.__main__").main(arguments))


if __name__ == "__main__":
    main()
