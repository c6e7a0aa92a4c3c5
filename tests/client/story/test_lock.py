"""The lock of a story: one holder at a time, whoever comes, goes or is killed."""

import subprocess
import sys

import pytest

from client.story.lock import LockedError, StoryLock, lock_path
from tests.client.conftest import posix
from tests.conftest import ROOT

CONTENDER = """
import os, sys
from pathlib import Path
from client.story.lock import LockedError, StoryLock
path, marker = Path(sys.argv[1]), sys.argv[2]
held = 0
while held < 100:
    try:
        lock = StoryLock(path)
    except (LockedError, PermissionError):  # Windows: it is just being removed
        continue
    os.close(os.open(marker, os.O_CREAT | os.O_EXCL))  # fails if somebody else holds it
    os.unlink(marker)
    lock.release()
    held += 1
"""


@pytest.fixture
def path(tmp_path):
    return lock_path(tmp_path / "이야기.txt")


def test_one_at_a_time(path):
    lock = StoryLock(path)
    with pytest.raises(LockedError):
        StoryLock(path)
    lock.release()
    assert not path.exists()
    StoryLock(path).release()


def test_many_processes_take_turns(path, tmp_path):
    command = [sys.executable, "-c", CONTENDER, str(path), str(tmp_path / "marker")]
    contenders = [
        subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    errors = [one.communicate(timeout=60)[1] for one in contenders]
    assert errors == [""] * 4
    assert list(tmp_path.iterdir()) == []


@posix
def test_a_deleted_lock_is_renewed_unless_another_session_was_faster(path):
    lock = StoryLock(path)
    path.unlink()
    lock.renew()
    assert path.exists()
    path.unlink()
    other = StoryLock(path)
    with pytest.raises(LockedError):
        lock.renew()
    lock.release()
    assert path.exists()
    other.release()
    assert not path.exists()
