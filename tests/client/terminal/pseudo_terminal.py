"""Somebody at a pseudo-terminal."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

from tests.conftest import ROOT

PROMPT = "번호 또는 문장> "
BRACKETED_PASTE = "\x1b[?2004h"
CTRL_A, CTRL_C, CTRL_D, BACKSPACE = "\x01", "\x03", "\x04", "\x7f"

# ``python -m`` a module, with standard input as the terminal whose Ctrl-C it gets.
CONTROLLED = """
import fcntl, runpy, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
"""


class Terminal:
    """A session on a pseudo-terminal; ``seen`` is all that it wrote."""

    def __init__(self, *arguments, columns=60, module="client", **environment):
        self.master, slave = pty.openpty()
        self._set_size(slave, columns)
        self.settings = termios.tcgetattr(slave)
        self.slave = slave
        variables = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", CONTROLLED, module, *map(str, arguments)],
            cwd=ROOT,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={**variables, "TERM": "xterm-256color", "LANG": "C.UTF-8", **environment},
        )
        self.raw = b""
        self.position = 0

    @property
    def seen(self):
        return self.raw.decode("utf-8", "replace")

    def type(self, text):
        for byte in text.encode():  # as an input method sends a syllable: byte after byte
            os.write(self.master, bytes([byte]))

    @staticmethod
    def _set_size(terminal, columns):
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))

    def resize(self, columns):
        self._set_size(self.master, columns)
        os.killpg(self.process.pid, signal.SIGWINCH)

    def press_ctrl_c(self, after):
        """Press it when ``after`` is there and the line editor waits.

        readline notices it only while it waits, not in the milliseconds in which it draws.
        """
        self.wait_for(after)
        time.sleep(0.2)
        self.type(CTRL_C)

    def wait_for(self, text, seconds=20):
        """Read on until ``text`` appears after what was waited for before; return what came."""
        deadline = time.monotonic() + seconds
        while text not in self.seen[self.position :]:
            assert time.monotonic() < deadline, f"no {text!r} in {self.raw[-300:]!r}"
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    self.raw += os.read(self.master, 65536)
                except OSError:
                    break
        new = self.seen[self.position :]
        assert text in new, f"ended without {text!r}: {new!r}"
        end = new.index(text) + len(text)
        self.position += end
        return new[:end]

    def end(self):
        code = self.process.wait(20)
        # A descriptor of the terminal is still open here, so its settings can be read.
        assert termios.tcgetattr(self.slave)[0] == self.settings[0]
        os.close(self.slave)
        assert "Traceback" not in self.seen
        return code

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
