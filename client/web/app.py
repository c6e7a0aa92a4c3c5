"""The page's ASGI application: its routes.

No part of a request becomes a file path: files are read once, when the application is created.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from client.errors import StoryError
from client.json_lines import CommandError, read_command
from client.ranking import BOLDEST, SAFEST
from client.session.actions import Action, Export
from client.session.commands import EmptyLine, Quit
from client.session.events import Problem
from client.web.page_messages import words
from client.web.shared_session import ActionRequest, SharedSession

_HERE = Path(__file__).parent
_STATIC_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_EXPORT_TYPES = {
    "txt": "text/plain; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "epub": "application/epub+zip",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def application(shared: SharedSession, language: str) -> Starlette:
    """Return the page of a session, in ``ko`` or ``en``; it checks no access by itself."""
    page = Page(shared, language)
    routes = [
        Route("/", page.html),
        Route("/state", page.state),
        Route("/events", page.events),
        Route("/act", page.act, methods=["POST"]),
        Route("/stop", page.stop, methods=["POST"]),
        Route("/export/{kind}", page.export),
    ]
    files = [file for file in (_HERE / "static").iterdir() if file.suffix in _STATIC_TYPES]
    return Starlette(routes=[*routes, *map(_static, sorted(files))])


def _static(file: Path) -> Route:
    content, media_type = file.read_bytes(), _STATIC_TYPES[file.suffix]

    async def respond(request: Request) -> Response:
        return Response(content, media_type=media_type)

    return Route(f"/{file.name}", respond)


class Page:
    """Handles the requests about one session."""

    def __init__(self, shared: SharedSession, language: str) -> None:
        self._shared = shared
        self._words = words(language)
        template = (_HERE / "page.html.jinja").read_text("utf-8")
        self._html = (
            Environment(autoescape=True)
            .from_string(template)
            .render(
                title=shared.title,
                language=language,
                words=self._words,
                kinds=list(_EXPORT_TYPES),
                safest=SAFEST,
                boldest=BOLDEST,
                notices=shared.notices,
            )
        )

    async def html(self, request: Request) -> Response:
        """Return the page without the story, which its script requests."""
        return Response(self._html, media_type="text/html")

    async def state(self, request: Request) -> Response:
        """Return the state to show."""
        return JSONResponse(await self._shared.view())

    async def events(self, request: Request) -> Response:
        """Return a stream of version and progress (Server-Sent Events)."""

        async def lines() -> AsyncIterator[str]:
            async for update in self._shared.updates():
                yield ":\n\n" if update is None else f"data: {json.dumps(update)}\n\n"

        return StreamingResponse(lines(), media_type="text/event-stream")

    async def act(self, request: Request) -> Response:
        """Perform an action; return its events and the state to show."""
        try:
            action_request = _action_request(await request.body())
        except CommandError as error:
            problem = self._shared.record(Problem(error.key, error.fields))
            return JSONResponse({"events": [problem], "state": None}, 400)
        events, state = await self._shared.perform(action_request)
        return JSONResponse({"events": events, "state": state})

    async def stop(self, request: Request) -> Response:
        """Cancel the request to the model."""
        self._shared.cancel()
        return JSONResponse({})

    async def export(self, request: Request) -> Response:
        """Return the story as a file to download."""
        kind = request.path_params["kind"]
        if kind not in _EXPORT_TYPES:
            return PlainTextResponse("no such file format", 404)
        try:
            data = await self._shared.export(kind, "provenance" in request.query_params)
        except StoryError as error:
            problem = self._shared.record(Problem(error.key, dict(error.fields)))
            return PlainTextResponse(problem["message"], 409)
        name = quote(f"{self._shared.title}.{kind}", safe="")
        disposition = f"attachment; filename*=UTF-8''{name}"
        return Response(
            data, media_type=_EXPORT_TYPES[kind], headers={"content-disposition": disposition}
        )


def _action_request(body: bytes) -> ActionRequest:
    """Parse what a window sends.

    Raises:
        CommandError: it is no action request.
    """
    try:
        record: Any = json.loads(body)
        action, place, expected = record["action"], record["place"], record["expected"]
    except (ValueError, RecursionError, TypeError, KeyError):
        raise CommandError("json_bad") from None
    valid = (
        isinstance(action, dict)
        and isinstance(place, int | None)
        and isinstance(expected, str | None)
    )
    if not valid:
        raise CommandError("json_bad")
    return ActionRequest(_action(action), place, expected)


def _action(record: dict[str, Any]) -> Action:
    action = read_command(json.dumps(record))
    if isinstance(action, Quit | EmptyLine | Export):  # the page downloads exports instead
        raise CommandError("json_unknown", name=record["command"], known="")
    return action
