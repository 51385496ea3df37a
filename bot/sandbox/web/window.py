"""Serves the sandbox's page on loopback, on which one acts as any person of the workspace."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.aio.tasks import TaskSet
from bot.sandbox.clock import MovableClock
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.slack import manifest
from bot.sandbox.slack.messages import SandboxMessage
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from bot.sandbox.slack.views import SandboxView
from bot.sandbox.web.engine_panel import EnginePanel
from bot.sandbox.web.guard import door, dress
from bot.sandbox.web.page_person import NotThere, PagePerson
from bot.sandbox.web.view import VisibleParts

PAGE = Path(__file__).parent / "page"
#: Seconds after which something is sent on an idle stream, to notice that nobody reads it.
HEARTBEAT_S = 15.0

Told = Mapping[str, Any]
#: Carries an act out and returns words for the page to show, if any.
Act = Callable[[PagePerson, Told], Awaitable[str | None]]


class Window:
    def __init__(self, slack: SandboxSlack, engine: SandboxEngine, clock: MovableClock) -> None:
        self._workspace = slack.workspace
        self._people = slack.people
        self._manifest = manifest.load()
        self._tasks = TaskSet()
        self._visible = VisibleParts(slack.workspace, self._manifest)
        self._panel = EnginePanel(engine, clock, self._stir)
        self._runner: web.AppRunner | None = None
        self.url = ""
        self._acts: dict[str, Act] = {
            "write": self._write,
            "use": self._use,
            "submit": self._submit,
            "close": self._close,
            "shortcut": self._shortcut,
            "home": self._home,
            "fault": self._choose_fault,
            "till": self._redeem_at_till,
            "clock": self._move_clock,
        }

    # Life.

    async def start(self, port: int = 0) -> None:
        app = web.Application(middlewares=[door])
        app.on_response_prepare.append(dress)
        app.add_routes(
            [
                web.get("/", self._on_page),
                web.get("/events", self._on_events),
                web.post("/act/{act}", self._on_act),
                web.static("/page", PAGE),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        await self._tasks.close()

    # Requests.

    async def _on_page(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "index.html")

    async def _on_events(self, request: web.Request) -> web.StreamResponse:
        """Send everything that a person sees, again after every change (server-sent events)."""
        person = self._person(request.query.get("as")).person
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        shown = ""
        with suppress(ConnectionError):
            while True:
                now = await self._news(person, shown)
                await stream.write(b":\n\n" if now == shown else f"data: {now}\n\n".encode())
                shown = now
        return stream

    async def _on_act(self, request: web.Request) -> web.Response:
        act = self._acts.get(request.match_info["act"])
        if act is None:
            raise web.HTTPNotFound(text="There is no such act.")
        try:
            told = await request.json()
            words = await act(self._person(told["as"]), told)
        except NotThere as err:
            raise web.HTTPNotFound(text="That is not in front of this person.") from err
        except (KeyError, TypeError, ValueError, AttributeError) as err:
            raise web.HTTPBadRequest(text="That is not how this is asked.") from err
        return web.json_response({"words": words})

    async def _news(self, person: Person, shown: str) -> str:
        """Wait until something other than `shown` is to be shown, at most for a heartbeat."""
        await self._workspace.until(lambda: self._seen(person) != shown, HEARTBEAT_S)
        return self._seen(person)

    def _seen(self, person: Person) -> str:
        return json.dumps({**self._visible.of(person), "engine": self._panel.state()}, ensure_ascii=False)

    def _person(self, person: str | None) -> PagePerson:
        if person not in {one.id for one in self._visible.people()}:
            raise web.HTTPNotFound(text="Nobody here has this id.")
        return PagePerson(self._people[str(person)], self._workspace)

    def _stir(self) -> None:
        """Make every stream check again, because something outside the workspace changed."""
        self._tasks.spawn(self._workspace.tell())

    # Acts.

    async def _write(self, person: PagePerson, told: Told) -> None:
        commands = {one.name for one in self._manifest.commands}
        text, thread = str(told["text"]).strip(), told.get("thread")
        place = person.place(told["channel"])
        if text:
            await person.writes(place, text, thread=thread, commands=commands)

    async def _use(self, person: PagePerson, told: Told) -> None:
        surface = _surface(person, told)
        await person.uses(surface, told["block"], told["action"], str(told["chosen"]), told["values"])

    async def _submit(self, person: PagePerson, told: Told) -> None:
        await person.hands_in(person.view(told["view"]), told["values"])

    async def _close(self, person: PagePerson, told: Told) -> None:
        """Close the modal. One that is closed already is no error: the bot may have been faster."""
        with suppress(NotThere):
            person.view(told["view"])
            await person.person.closes()

    async def _shortcut(self, person: PagePerson, told: Told) -> None:
        if told["callback"] not in {one.callback_id for one in self._manifest.message_shortcuts}:
            raise NotThere(told["callback"])
        message = person.message(told["channel"], told["ts"])
        if message.ephemeral:
            raise NotThere(message.ts)
        await person.person.shortcut(told["callback"], message=message)

    async def _home(self, person: PagePerson, _: Told) -> None:
        """Open the Home tab; the bot gets an event if its manifest subscribes to it."""
        if "app_home_opened" in self._manifest.events:
            await person.person.opens_home()

    async def _choose_fault(self, _: PagePerson, told: Told) -> None:
        self._panel.choose(told["fault"], told["scope"])

    async def _redeem_at_till(self, _: PagePerson, told: Told) -> str:
        return self._panel.redeem_at_till(str(told["code"]).strip(), str(told["bill"]).strip())

    async def _move_clock(self, _: PagePerson, told: Told) -> None:
        if told["hours"] is None:
            self._panel.reset_clock()
        else:
            self._panel.move_clock(float(told["hours"]))


def _surface(person: PagePerson, told: Told) -> SandboxMessage | SandboxView:
    return person.view(told["view"]) if told.get("view") else person.message(told["channel"], told["ts"])


@asynccontextmanager
async def window(slack: SandboxSlack, engine: SandboxEngine, clock: MovableClock) -> AsyncIterator[Window]:
    """Serve the page while the context lasts."""
    opened = Window(slack, engine, clock)
    await opened.start()
    try:
        yield opened
    finally:
        await opened.close()
