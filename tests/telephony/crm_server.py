"""What does the CRM say about a number, and how slowly? An HTTP server that answers as each test wants."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web


@dataclass(frozen=True, kw_only=True)
class CrmReply:
    """The answer for one number."""

    persona: dict[str, Any] | None = None  # None: 404
    seconds: float = 0.0  # how long it takes
    raw: str | None = None  # said instead, as it is
    hangs_up: bool = False  # closes the connection instead of answering


@dataclass
class CrmServer:
    """`async with CrmServer(port) as crm:`; `crm.replies["15551230200"] = CrmReply(...)`."""

    port: int
    replies: dict[str, CrmReply] = field(default_factory=dict)
    default: CrmReply = field(default_factory=CrmReply)  # for numbers that have no reply of their own
    asked: list[str] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/personas"

    def reset(self) -> None:
        self.replies.clear()
        self.asked.clear()
        self.default = CrmReply()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/personas/{digits}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        digits = request.match_info["digits"]
        self.asked.append(digits)
        reply = self.replies.get(digits, self.default)
        await asyncio.sleep(reply.seconds)
        if reply.hangs_up and request.transport:
            request.transport.abort()
        if reply.raw is not None:
            return web.Response(text=reply.raw, content_type="application/json")
        if reply.persona is None:
            return web.json_response({"message": "not found"}, status=404)
        return web.json_response(crm_payload(reply.persona))


def crm_payload(persona: dict[str, Any]) -> dict[str, Any]:
    """Return the CRM's whole answer around a persona, as the older systems got it."""
    return {"campaigns": [{"voiceAgents": [{"persona": persona}]}]}


def crm_persona(name: str, **values: Any) -> dict[str, Any]:
    """Return a persona as the CRM writes it."""
    return {
        "name": name,
        "personality": f"You are {name} and speak for the people who keep you in their CRM.",
        "welcomeMessage": f"Hello, this is {name} from the CRM.",
        "closingMessage": f"Goodbye from {name}.",
        **values,
    }
