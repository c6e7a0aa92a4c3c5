"""The page's ASGI application: what can be asked of it, and nothing else.

No part of a request becomes a path: files are read once, when the application is made, and are
named here.
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
from client.web.desk import Desk, Wish
from client.web.page_messages import words

_HERE = Path(__file__).parent
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_KINDS = {
    "txt": "text/plain; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "epub": "application/epub+zip",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def application(desk: Desk, language: str) -> Starlette:
    """Return the page of a session, in ``ko`` or ``en``; who may ask is up to a guard."""
    page = Page(desk, language)
    routes = [
        Route("/", page.html),
        Route("/state", page.state),
        Route("/events", page.events),
        Route("/act", page.act, methods=["POST"]),
        Route("/stop", page.stop, methods=["POST"]),
        Route("/export/{kind}", page.export),
    ]
    files = [file for file in (_HERE / "static").iterdir() if file.suffix in _TYPES]
    return Starlette(routes=[*routes, *map(_static, sorted(files))])


def _static(file: Path) -> Route:
    content, kind = file.read_bytes(), _TYPES[file.suffix]

    async def answer(request: Request) -> Response:
        return Response(content, media_type=kind)

    return Route(f"/{file.name}", answer)


class Page:
    """Answers requests about one session."""

    def __init__(self, desk: Desk, language: str) -> None:
        self._desk = desk
        self._words = words(language)
        template = (_HERE / "page.html.jinja").read_text("utf-8")
        self._html = (
            Environment(autoescape=True)
            .from_string(template)
            .render(
                title=desk.title,
                language=language,
                words=self._words,
                kinds=list(_KINDS),
                safest=SAFEST,
                boldest=BOLDEST,
                remarks=desk.remarks,
            )
        )

    async def html(self, request: Request) -> Response:
        """Answer with the page without a story; its script asks for that."""
        return Response(self._html, media_type="text/html")

    async def state(self, request: Request) -> Response:
        """Answer with all that there is to see."""
        return JSONResponse(await self._desk.look())

    async def events(self, request: Request) -> Response:
        """Answer with a stream of version and progress (Server-Sent Events)."""

        async def lines() -> AsyncIterator[str]:
            async for news in self._desk.watch():
                yield ":\n\n" if news is None else f"data: {json.dumps(news)}\n\n"

        return StreamingResponse(lines(), media_type="text/event-stream")

    async def act(self, request: Request) -> Response:
        """Do an action; answer with what came of it and what there is to see."""
        try:
            wish = _wish(await request.body())
        except CommandError as error:
            problem = self._desk.record(Problem(error.key, error.fields))
            return JSONResponse({"events": [problem], "state": None}, 400)
        events, shown = await self._desk.do(wish)
        return JSONResponse({"events": events, "state": shown})

    async def stop(self, request: Request) -> Response:
        """Give up what the model is asked."""
        self._desk.cancel()
        return JSONResponse({})

    async def export(self, request: Request) -> Response:
        """Answer with the story as a file to keep."""
        kind = request.path_params["kind"]
        if kind not in _KINDS:
            return PlainTextResponse("no such kind of file", 404)
        try:
            data = await self._desk.export(kind, "provenance" in request.query_params)
        except StoryError as error:
            problem = self._desk.record(Problem(error.key, dict(error.fields)))
            return PlainTextResponse(problem["message"], 409)
        name = quote(f"{self._desk.title}.{kind}", safe="")
        disposition = f"attachment; filename*=UTF-8''{name}"
        return Response(data, media_type=_KINDS[kind], headers={"content-disposition": disposition})


def _wish(body: bytes) -> Wish:
    """Read what a window sends: an action, and what it shows.

    Raises:
        CommandError: it is something else.
    """
    try:
        record: Any = json.loads(body)
        action, place, expected = record["action"], record["place"], record["expected"]
    except (ValueError, RecursionError, TypeError, KeyError):
        raise CommandError("json_bad") from None
    sound = (
        isinstance(action, dict)
        and isinstance(place, int | None)
        and isinstance(expected, str | None)
    )
    if not sound:
        raise CommandError("json_bad")
    return Wish(_action(action), place, expected)


def _action(record: dict[str, Any]) -> Action:
    action = read_command(json.dumps(record))
    if isinstance(action, Quit | EmptyLine | Export):  # the page's files go to the browser
        raise CommandError("json_unknown", name=record["command"], known="")
    return action
