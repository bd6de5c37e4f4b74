"""What is the least that a webhook has to do?

Ask for an agent when a phone joins: nothing is verified, kept or decided.
"""

from __future__ import annotations

import json
from typing import Self

from aiohttp import web
from livekit import api


class BareWebhook:
    """`async with BareWebhook(...) as webhook:`; a phone with another rule id than this is left alone."""

    def __init__(self, livekit: api.LiveKitAPI, *, agent_name: str, rule_id: str, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/livekit-webhook"
        self._livekit, self._agent_name, self._rule_id, self._port = livekit, agent_name, rule_id, port

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/livekit-webhook", self._on_report)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _on_report(self, request: web.Request) -> web.Response:
        said = json.loads(await request.read())
        rule_id = said.get("participant", {}).get("attributes", {}).get("sip.ruleID")
        if said["event"] == "participant_joined" and rule_id == self._rule_id:
            wanted = api.CreateAgentDispatchRequest(agent_name=self._agent_name, room=said["room"]["name"])
            await self._livekit.agent_dispatch.create_dispatch(wanted)
        return web.Response()
