"""A session that is killed (SIGKILL) at any moment loses nothing that it showed."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest

from client.story.history import History
from client.story.journal import path_for, read
from client.story.story import Story
from tests.conftest import ROOT


def a_command(draw, count):
    """Something that a writer of ``count`` sentences may do."""
    number = draw.randint(1, max(1, count))
    return draw.choice(
        [
            {"command": "ask"},
            {"command": "ask", "how": "again"},
            {"command": "take", "number": draw.randint(1, 10)},
            {"command": "take", "number": 1, "text": f"{draw.random()} 고쳤다."},
            {"command": "write", "text": f"{draw.random()} 썼다. 또 썼다."},
            {"command": "edit", "number": number, "text": f"{draw.random()} 다듬었다."},
            {"command": "insert", "after": number, "text": f"{draw.random()} 끼웠다."},
            {"command": "delete", "number": number},
            {"command": "back", "number": number},
            {"command": "undo"},
            {"command": "redo"},
            {"command": "switch", "branch": 1},
            {"command": "add_note", "text": f"{draw.random()}"},
        ]
    )


class Killed:
    """One session, and what it showed until it was killed."""

    def __init__(self, story, server, draw):
        command = [sys.executable, "-m", "client", str(story), "--server", server.address, "--json"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.opened = threading.Event()
        self.texts = []  # after every change that was shown
        self.candidates, self.notes = set(), set()
        thread = threading.Thread(target=self._drive, args=(draw,))
        moment = draw.random()
        thread.start()
        if draw.random() < 0.8:
            self.opened.wait(20)
            time.sleep(moment * 0.1)
        else:
            time.sleep(moment * 0.4)  # while it starts
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        thread.join(20)
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.stdout.close()

    def _drive(self, draw):
        for line in self.process.stdout:
            if not line.endswith(b"\n"):
                return
            event = json.loads(line)
            self._see(event)
            if event["event"] in ("opened", "done"):
                asked = json.dumps(a_command(draw, len(self.texts[-1]))).encode()
                with suppress(BrokenPipeError):  # killed; what it said is read to the end
                    self.process.stdin.write(asked + b"\n")
                    self.process.stdin.flush()

    def _see(self, event):
        match event["event"]:
            case "opened":
                self.texts.append([line["text"] for line in event["sentences"]])
                self.opened.set()
            case "changed":
                texts = list(self.texts[-1])
                at = event["number"] - 1
                assert [one["text"] for one in event["removed"]] == texts[
                    at : at + len(event["removed"])
                ]
                texts[at : at + len(event["removed"])] = [one["text"] for one in event["added"]]
                assert len(texts) == event["sentences"]
                self.texts.append(texts)
            case "proposed":
                self.candidates |= {one["text"] for one in event["candidates"]}
            case "notes":
                self.notes |= {note["text"] for note in event["notes"]}


def states(path):
    """What stood in the story after each event of its journal that moved it."""
    history, found = History(), []
    for event in read(path.read_bytes()).entries if path.exists() else []:
        history.replay(event)
        if event["event"] in ("begin", "change", "move"):
            found.append([line.text for line in history.manuscript.lines if line.text])
    return found


@pytest.mark.parametrize(
    "kills", [8, pytest.param(100, marks=[pytest.mark.slow, pytest.mark.timeout(900)])]
)
def test_nothing_that_was_shown_is_lost(server, story_file, kills):
    draw = random.Random(kills)
    seen, candidates, notes, changes = 1, set(), set(), 0
    for _ in range(kills):
        session = Killed(story_file, server, draw)
        there = states(path_for(story_file))
        shown = session.texts
        changes += max(0, len(shown) - 1)
        if len(shown) > 1:
            # Everything shown is there, in order; at most one change more was not shown yet.
            assert there[seen - 1 : seen - 1 + len(shown)] == shown
            assert len(there) - (seen - 1) - len(shown) in (0, 1)
        seen = max(1, len(there))
        candidates |= session.candidates
        notes |= session.notes
        story = Story.open(str(story_file))
        assert not there or story.sentences == there[-1]
        assert not [remark for remark in story.remarks if remark.key != "journal_torn"]
        assert candidates <= story.history.shown()
        assert notes <= {note.text for note in story.history.notes}
        story.save()
        story.close()
        assert story_file.read_text("utf-8").splitlines() == story.sentences
    assert changes >= kills / 4
