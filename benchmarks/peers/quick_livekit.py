"""Servers that cost nothing, for measuring webhooks: a LiveKit that grants every agent at once, and a CRM that takes
its time.

One asyncio process for both, so that it takes little of the processors that are being measured. `python -m
benchmarks.peers.quick_livekit --livekit-port 1 --crm-port 2 --crm-seconds 0.05`; GET /count says how many agents were
granted.
"""

import argparse
import asyncio
import json

from aiohttp import web
from livekit import api

from tests.telephony.crm_server import crm_persona

GRANTED = api.AgentDispatch(id="AD_quick").SerializeToString()


def make_livekit() -> web.Application:
    granted = 0

    async def grant(request: web.Request) -> web.Response:
        nonlocal granted
        await request.read()
        granted += 1
        if request.content_type == "application/json":
            return web.json_response({"id": "AD_quick"})
        return web.Response(body=GRANTED, content_type="application/protobuf")

    async def count(_: web.Request) -> web.Response:
        return web.Response(text=str(granted))

    app = web.Application()
    app.router.add_post("/twirp/livekit.AgentDispatchService/CreateDispatch", grant)
    app.router.add_get("/count", count)
    return app


def make_crm(seconds: float) -> web.Application:
    answer = json.dumps(crm_persona("Zoe")).encode()

    async def persona(_: web.Request) -> web.Response:
        await asyncio.sleep(seconds)
        return web.Response(body=answer, content_type="application/json")

    app = web.Application()
    app.router.add_get("/{number}", persona)
    return app


async def serve(options: argparse.Namespace) -> None:
    for app, port in ((make_livekit(), options.livekit_port), (make_crm(options.crm_seconds), options.crm_port)):
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--livekit-port", type=int, required=True)
    parser.add_argument("--crm-port", type=int, required=True)
    parser.add_argument("--crm-seconds", type=float, default=0.05)
    asyncio.run(serve(parser.parse_args()))
