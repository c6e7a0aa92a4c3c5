"""One session that any number of windows look at.

The session runs on a thread of its own, one action after the other; what came of it goes to the
window that acted, and every window is told that there is news. Only to cancel a request needs no
turn.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from client.export.formats import render
from client.json_lines import event_record
from client.sentences import clean
from client.session import actions
from client.session.actions import Action, Ask
from client.session.events import Asking, Changed, Event, Notice, Retrying
from client.session.session import Session
from client.web.state import state

SIGN_OF_LIFE = 15.0  # seconds; a connection on which nothing comes may be cut off on its way

# What the writer may do while the model is at work; its answer is of no use then.
_OVERTAKING = (
    actions.Take,
    actions.Write,
    actions.Edit,
    actions.Delete,
    actions.Insert,
    actions.Back,
    actions.Undo,
    actions.Redo,
    actions.Switch,
)
# What depends on what the window shows.
_AT_A_PLACE = (*_OVERTAKING, actions.Ask)

T = TypeVar("T")
Record = dict[str, Any]


class Wish(NamedTuple):
    """What a window wants.

    Attributes:
        action: what is to be done.
        place: the state of the story that the window shows.
        expected: the candidate or note that it shows under the action's number.
    """

    action: Action
    place: int | None = None
    expected: str | None = None


class Desk:
    """A session, and who looks at it.

    Attributes:
        remarks: what was found when the story was opened, as events.
    """

    def __init__(self, session: Session, text: Mapping[str, str], language: str) -> None:
        self._session = session
        self._text = text
        self._language = language
        self.remarks = [self.record(event) for event in session.begin()]
        session.recall()
        self._shown = state(session)
        self._start = secrets.token_hex(4)  # versions count from it
        self._version = 0  # of what is shown
        self._progress = ""  # what the model is doing, in words
        self._asking = False
        self._closed = False
        self._news = asyncio.Event()  # one for each piece of news
        self._worker = ThreadPoolExecutor(1, "session")

    async def look(self) -> Record:
        """Return what there is to see, with what another program did to the text."""
        if not self._asking:
            await self.do(Wish(actions.ShowStory()))
        return self._view()

    async def do(self, wish: Wish) -> tuple[list[Record], Record]:
        """Do what a window wants; return what came of it, as events, and what there is to see."""
        ask = isinstance(wish.action, Ask)
        if self._asking and ask:
            return [self.record(Notice("busy", {}))], self._view()
        if self._asking and isinstance(wish.action, _OVERTAKING):
            self._session.cancel()
        if ask:
            self._session.uncancel()
            self._asking = True
        try:
            loop = asyncio.get_running_loop()
            events, shown = await self._run(lambda: self._do(wish, loop))
        finally:
            if ask:
                self._asking = False
                self._say("")
        if shown != self._shown:
            self._shown = shown
            self._version += 1
            self._tell()
        return events, self._view()

    def cancel(self) -> None:
        """Give up what the model is asked, if it is."""
        if self._asking:
            self._session.cancel()

    async def export(self, kind: str, provenance: bool) -> bytes:
        """Return the story as a file of one of the kinds in ``client.export.formats.FORMATS``.

        Raises:
            StoryError: there is nothing to export, or a package is missing.
        """
        story = self._session.story
        return await self._run(
            lambda: render(story.history, kind, provenance, self._language, story.path.stem)
        )

    @property
    def title(self) -> str:
        """The story's."""
        return self._session.story.path.stem

    async def watch(self) -> AsyncIterator[Record | None]:
        """Yield version and progress, now and whenever they change; None as a sign of life."""
        while not self._closed:
            news = self._news
            yield self._news_record()
            while not news.is_set():
                try:
                    await asyncio.wait_for(news.wait(), SIGN_OF_LIFE)
                except asyncio.TimeoutError:
                    yield None

    def end_watching(self) -> None:
        """Let go of everybody who watches, and of the model."""
        self._closed = True
        self._session.cancel()
        self._tell()

    def close(self) -> None:
        """Wait for what is under way; the model is not waited for."""
        self._session.cancel()
        self._worker.shutdown()

    def record(self, event: Event) -> Record:
        """Return an event as JSON has it; a notice or problem with its message."""
        record = event_record(event)
        if "key" in record:
            named = {name: clean(str(value)) for name, value in record["fields"].items()}
            record["message"] = self._text[record["key"]].format(**named)
        return record

    def _view(self) -> Record:
        return {**self._shown, **self._news_record()}

    def _news_record(self) -> Record:
        return {"start": self._start, "version": self._version, "progress": self._progress}

    def _say(self, progress: str) -> None:
        self._progress = progress
        self._tell()

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    # On the session's thread

    def _do(self, wish: Wish, loop: asyncio.AbstractEventLoop) -> tuple[list[Record], Record]:
        if not self._is_shown(wish):
            return [self.record(Notice("stale", {}))], state(self._session)
        events: list[Record] = []
        for event in self._session.handle(wish.action):
            match event:
                case Asking():
                    loop.call_soon_threadsafe(self._say, self._text["asking"])
                case Retrying(address):
                    progress = self._text["retrying"].format(address=address)
                    loop.call_soon_threadsafe(self._say, progress)
                case Changed():
                    self._session.recall()
            events.append(self.record(event))
        return events, state(self._session)

    def _is_shown(self, wish: Wish) -> bool:
        """Return whether the window shows what it wants to change, or another one was faster."""
        story = self._session.story
        if isinstance(wish.action, _AT_A_PLACE) and wish.place != story.state:
            return False
        match wish.action:
            case actions.Take(number):
                there = [one.candidate.text for one in self._session.ranked]
            case actions.DropNote(number):
                there = [note.text for note in story.history.notes]
            case _:
                return True
        return wish.expected in there[number - 1 : number]
