"""One co-writing session, shown in any number of browser windows.

The session runs on a thread of its own, one action at a time. An action's events go to the window
that asked for it; every window is notified that there is something new. Only cancelling bypasses
the queue.
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
from client.web.page_state import page_state

KEEP_ALIVE_SECONDS = 15.0  # proxies may close a connection that is silent for longer

# Actions that do not wait for the model: its answer would be of no use afterwards.
_CANCELLING = (
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
# Actions whose meaning depends on what the window shows.
_PLACE_DEPENDENT = (*_CANCELLING, actions.Ask)

T = TypeVar("T")
Record = dict[str, Any]


class ActionRequest(NamedTuple):
    """An action, and what the window that asks for it shows.

    Attributes:
        action: to perform.
        place: the state of the story shown.
        expected: the candidate or note shown under the action's number.
    """

    action: Action
    place: int | None = None
    expected: str | None = None


class SharedSession:
    """A session and the windows that show it.

    Attributes:
        notices: events from opening the story, such as changes by another program.
    """

    def __init__(self, session: Session, text: Mapping[str, str], language: str) -> None:
        self._session = session
        self._text = text
        self._language = language
        self.notices = [self.record(event) for event in session.begin()]
        session.recall()
        self._state = page_state(session)
        self._start = secrets.token_hex(4)  # tells this server's versions from an earlier one's
        self._version = 0  # of the state
        self._progress = ""  # of a request to the model, in words
        self._asking = False
        self._closed = False
        self._updated = asyncio.Event()  # replaced by a new one at each update
        self._worker = ThreadPoolExecutor(1, "session")

    @property
    def title(self) -> str:
        """The story's title."""
        return self._session.story.path.stem

    async def view(self) -> Record:
        """Return the state to show, including changes that another program made to the text."""
        if not self._asking:
            await self.perform(ActionRequest(actions.ShowStory()))
        return self._view()

    async def perform(self, request: ActionRequest) -> tuple[list[Record], Record]:
        """Perform an action; return its events and the state to show."""
        ask = isinstance(request.action, Ask)
        if self._asking and ask:
            return [self.record(Notice("busy", {}))], self._view()
        if self._asking and isinstance(request.action, _CANCELLING):
            self._session.cancel()
        if ask:
            self._session.uncancel()
            self._asking = True
        try:
            loop = asyncio.get_running_loop()
            events, state = await self._run(lambda: self._perform(request, loop))
        finally:
            if ask:
                self._asking = False
                self._set_progress("")
        if state != self._state:
            self._state = state
            self._version += 1
            self._notify()
        return events, self._view()

    def cancel(self) -> None:
        """Cancel the request to the model, if there is one."""
        if self._asking:
            self._session.cancel()

    async def export(self, kind: str, provenance: bool) -> bytes:
        """Return the story as a file in one of the formats of ``client.export.formats.FORMATS``.

        Raises:
            StoryError: there is nothing to export, or a package is missing.
        """
        story = self._session.story
        return await self._run(
            lambda: render(story.history, kind, provenance, self._language, story.path.stem)
        )

    async def updates(self) -> AsyncIterator[Record | None]:
        """Yield version and progress, now and at every update; None to keep a connection alive."""
        while not self._closed:
            updated = self._updated
            yield self._version_record()
            while not updated.is_set():
                try:
                    await asyncio.wait_for(updated.wait(), KEEP_ALIVE_SECONDS)
                except TimeoutError:
                    yield None

    def end_updates(self) -> None:
        """End all streams of updates, and cancel the request to the model."""
        self._closed = True
        self._session.cancel()
        self._notify()

    def close(self) -> None:
        """Finish the action in progress, without waiting for the model."""
        self._session.cancel()
        self._worker.shutdown()

    def record(self, event: Event) -> Record:
        """Return an event as JSON has it; a notice or problem with its message."""
        record = event_record(event)
        if "key" in record:
            fields = {name: clean(str(value)) for name, value in record["fields"].items()}
            record["message"] = self._text[record["key"]].format(**fields)
        return record

    def _view(self) -> Record:
        return {**self._state, **self._version_record()}

    def _version_record(self) -> Record:
        return {"start": self._start, "version": self._version, "progress": self._progress}

    def _set_progress(self, progress: str) -> None:
        self._progress = progress
        self._notify()

    def _notify(self) -> None:
        updated, self._updated = self._updated, asyncio.Event()
        updated.set()

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    # On the session's thread

    def _perform(
        self, request: ActionRequest, loop: asyncio.AbstractEventLoop
    ) -> tuple[list[Record], Record]:
        if not self._is_current(request):
            return [self.record(Notice("stale", {}))], page_state(self._session)
        events: list[Record] = []
        for event in self._session.handle(request.action):
            match event:
                case Asking():
                    loop.call_soon_threadsafe(self._set_progress, self._text["asking"])
                case Retrying(address):
                    progress = self._text["retrying"].format(address=address)
                    loop.call_soon_threadsafe(self._set_progress, progress)
                case Changed():
                    self._session.recall()
            events.append(self.record(event))
        return events, page_state(self._session)

    def _is_current(self, request: ActionRequest) -> bool:
        """Return whether the window shows what it wants to change; another one may be ahead."""
        story = self._session.story
        if isinstance(request.action, _PLACE_DEPENDENT) and request.place != story.state:
            return False
        match request.action:
            case actions.Take(number):
                texts = [one.candidate.text for one in self._session.ranked]
            case actions.DropNote(number):
                texts = [note.text for note in story.history.notes]
            case _:
                return True
        return request.expected in texts[number - 1 : number]
