"""A webhook as the older systems took it: one synchronous Flask process, a CRM look-up each time, no signature.

The peer of our webhook: for each `participant_joined` it asks the CRM who speaks, then LiveKit for an agent, and
remembers nothing. Cheaper than the originals, which opened a new client for each of the two: so the ratio is about the
design, not about waste. Run with `gunicorn --workers 1 --threads 1 benchmarks.peers.flask_webhook:app`. Reads CRM_URL,
LIVEKIT_HTTP_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET.
"""

import json
import os
import time

import jwt
import requests
from flask import Flask, Response, request

CRM_URL = os.environ["CRM_URL"]
DISPATCH_URL = f"{os.environ['LIVEKIT_HTTP_URL']}/twirp/livekit.AgentDispatchService/CreateDispatch"

app = Flask(__name__)
http = requests.Session()


@app.post("/livekit-webhook")
def livekit_webhook() -> Response:
    event = json.loads(request.get_data())
    if event["event"] != "participant_joined":
        return Response()
    dialed = event["participant"]["attributes"]["sip.trunkPhoneNumber"].removeprefix("+")
    persona = http.get(f"{CRM_URL}/{dialed}", timeout=5).json()
    wanted = {"agent_name": "voiceplatform", "room": event["room"]["name"], "metadata": json.dumps(persona)}
    http.post(
        DISPATCH_URL, json=wanted, headers={"Authorization": f"Bearer {_token(event['room']['name'])}"}, timeout=5
    ).raise_for_status()
    return Response()


def _token(room: str) -> str:
    claims = {
        "iss": os.environ["LIVEKIT_API_KEY"],
        "exp": int(time.time()) + 60,
        "video": {"room": room, "roomAdmin": True},
    }
    return jwt.encode(claims, os.environ["LIVEKIT_API_SECRET"], algorithm="HS256")
