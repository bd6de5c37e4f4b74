"""What does Gemini Live do when it is told what to do? A server of its protocol whose voice is a tone.

google-genai talks wss only, so this speaks TLS: a process under test gets `base_url` as GOOGLE_BASE_URL and `ca_file`
as SSL_CERT_FILE. Told to say exact words it says them; else it follows the script of the persona in the system
instruction. Every voice has a pitch of its own, so that a phone can tell who speaks.
Source: https://ai.google.dev/api/live, and google-genai 3.4 for what is sent in which case (snake or camel, both are
taken).
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.fakes.certificate import make_certificate
from tests.fakes.gemini_script import ABORTED, Answer, Loss, Moment, Script
from tests.telephony.sound import AUDIBLE, loudness, tone

SPEAKS_HZ, HEARS_HZ = 24_000, 16_000  # samples a second, out and in
CHUNK_SECONDS = 0.1
PAUSE_SECONDS = 0.5  # so long silent: the caller's turn is over
EXACT_WORDS = re.compile(r"Say exactly the following words[^\n]*:\n(.*?)\s*(?:</instructions>|$)", re.DOTALL)
ANSWER_AGAIN = "The line was interrupted for a moment."  # the instruction begins so
PITCHES = {"Leda": 440, "Puck": 620, "Kore": 800, "Charon": 980, "Aoede": 1160, "Fenrir": 1340, "Zephyr": 1520}  # hertz
UNKNOWN_PITCH = 1700


@dataclass(eq=False)
class Connection:
    """One session of the model: what it was told and what it said."""

    websocket: ServerConnection
    setup: dict[str, Any]
    script: Script
    said: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)  # all text turns, as they came
    tool_answers: list[dict[str, Any]] = field(default_factory=list)
    turns_heard: int = 0
    ended_with: int | None = None  # the close code, when it was the model that ended it
    _pending: list[str] = field(default_factory=list)
    _loud: bool = False
    _quiet_seconds: float = 0.0
    _plays_until: float = 0.0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _cancelled: set[str] = field(default_factory=set)  # tool calls
    _speaking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _silent: asyncio.Event = field(default_factory=asyncio.Event)  # the caller does not talk

    def __post_init__(self) -> None:
        self._silent.set()

    # -- what it was set up with ---------------------------------------------------------------------------------

    @property
    def instructions(self) -> str:
        return instructions_in(self.setup)

    @property
    def voice(self) -> str:
        speech = _either(self._generation, "speechConfig", "speech_config") or {}
        config = _either(speech, "voiceConfig", "voice_config") or {}
        prebuilt = _either(config, "prebuiltVoiceConfig", "prebuilt_voice_config") or {}
        return str(_either(prebuilt, "voiceName", "voice_name") or "")

    @property
    def temperature(self) -> float | None:
        value = self._generation.get("temperature")
        return None if value is None else float(value)

    @property
    def tools(self) -> set[str]:
        """The names of the tools that it may call."""
        groups = [
            _either(tool, "functionDeclarations", "function_declarations") or [] for tool in self.setup.get("tools", [])
        ]
        return {declaration["name"] for group in groups for declaration in group}

    @property
    def _generation(self) -> dict[str, Any]:
        return _either(self.setup, "generationConfig", "generation_config") or {}

    # -- what it does --------------------------------------------------------------------------------------------

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self) -> None:
        """Stop what is under way; raises what went wrong in it."""
        for task in (tasks := list(self._tasks)):
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, ConnectionClosed):
                raise outcome

    async def send(self, message: dict[str, Any]) -> None:
        await self.websocket.send(json.dumps(message).encode())

    async def die(self, code: int, why: str) -> None:
        self.script.deaths += 1
        self.ended_with = code
        if code == ABORTED:
            self.websocket.transport.abort()
        else:
            await self.websocket.close(code, why)

    async def _lose(self, loss: Loss) -> None:
        if loss.announced_seconds is not None:
            await self.send({"goAway": {"timeLeft": f"{loss.announced_seconds:g}s"}})
            self.start(self._die_in(loss.announced_seconds, loss.code))
        else:
            await self._die_in(0.0, loss.code)

    async def _die_in(self, seconds: float, code: int) -> None:
        await asyncio.sleep(seconds)
        self.script.refuses_until = asyncio.get_running_loop().time() + self.script.refuses_seconds
        await self.die(code, "scripted")

    async def _reach(self, moment: Moment) -> bool:
        """Return whether the connection is still there after that moment."""
        loss = self.script.loss_at(moment)
        if loss is None:
            return True
        await self._lose(loss)
        return loss.announced_seconds is not None

    async def take(self, message: dict[str, Any]) -> None:
        """Do what one message of the client asks for."""
        if realtime := _either(message, "realtimeInput", "realtime_input"):
            await self._hear(realtime)
        elif content := _either(message, "clientContent", "client_content"):
            self._take_text(content)
        elif answer := _either(message, "toolResponse", "tool_response"):
            self._take_tool_answer(answer)

    def _take_text(self, content: dict[str, Any]) -> None:
        """Text comes in pieces: only the completing one asks for an answer, and it may be empty."""
        texts = [
            part["text"] for turn in content.get("turns") or [] for part in turn.get("parts") or [] if part.get("text")
        ]
        self.told += texts
        self._pending += texts
        if _either(content, "turnComplete", "turn_complete"):
            # For models before 3 the plugin ends instructions with a turn that is just a full stop.
            asked, self._pending = "\n".join(text for text in self._pending if text != "."), []
            self.start(self._do(asked))

    async def _do(self, asked: str) -> None:
        """Say what a text asks for. It waits for a caller who talks, as the model's own turn detection does."""
        if not await self._reach(Moment.ASKED):
            return
        await self._silent.wait()
        if exact := EXACT_WORDS.search(asked):
            await self._speak(exact[1])
        elif ANSWER_AGAIN in asked and self.script.unanswered:
            answer, self.script.unanswered = self.script.unanswered, None
            await self._say(answer)
        else:
            await self._speak((self.script.again if ANSWER_AGAIN in asked else "") or self.script.greeting)

    def _take_tool_answer(self, answer: dict[str, Any]) -> None:
        answers = _either(answer, "functionResponses", "function_responses") or []
        self.tool_answers += answers
        wanted = [answer for answer in answers if answer.get("id") not in self._cancelled]
        if wanted:
            self.start(self._answer_tool("\n".join(str(a.get("response", {}).get("output", "")) for a in wanted)))

    async def _answer_tool(self, output: str) -> None:
        if not await self._reach(Moment.TOOL_ANSWERED):
            return
        if self.script.calls_tool_again:
            self.script.calls_tool_again -= 1
            await self._call(Answer(calls="end_call"), f"again-{self.script.calls_tool_again}")
            return
        exact = EXACT_WORDS.search(output)
        if words := exact[1] if exact else self.script.after_tool:
            await self._speak(words)

    async def _hear(self, realtime: dict[str, Any]) -> None:
        """Tell speech from silence, as the model's own turn detection does. Counts audio, not the clock."""
        blob = realtime.get("audio")
        if not blob:
            return
        pcm = base64.urlsafe_b64decode(blob["data"])
        if loudness(pcm) > AUDIBLE:
            await self._notice_speech()
        elif self._loud:
            self._quiet_seconds += len(pcm) / 2 / HEARS_HZ
            if self._quiet_seconds >= PAUSE_SECONDS:
                self._loud = False
                self._silent.set()
                self.turns_heard += 1
                self.start(self._answer(self._next_answer()))

    def _next_answer(self) -> Answer:
        heard = self.script.turns_heard
        self.script.turns_heard += 1
        return self.script.answers[min(heard, len(self.script.answers) - 1)]

    async def _notice_speech(self) -> None:
        self._quiet_seconds = 0.0
        if not self._loud and asyncio.get_running_loop().time() < self._plays_until:
            self._plays_until = 0.0
            await self.send({"serverContent": {"interrupted": True}})
        begins, self._loud = not self._loud, True
        self._silent.clear()
        if begins:
            await self._reach(Moment.CALLER_BEGAN)

    async def _answer(self, answer: Answer) -> None:
        if self.script.is_mute:
            return
        self.script.unanswered = answer
        if not await self._reach(Moment.HEARD_CALLER):
            return
        self.script.unanswered = None
        if answer.hears and not answer.hears_late:
            await self._transcribe(answer.hears)
        if answer.calls:
            if answer.says_first:
                await self._speak(answer.says_first, ends_turn=False)
            await self._call(answer, f"call-{self.turns_heard}")
        else:
            await self._say(answer)

    async def _say(self, answer: Answer) -> None:
        if answer.says:
            await self._speak(answer.says, seconds=answer.seconds)
        else:
            await self.send({"serverContent": {"turnComplete": True}, "usageMetadata": _usage()})
            self.script.unanswered = replace(answer, says=self.script.again) if self.script.again else None
        if answer.hears_late:
            await asyncio.sleep(0.3)
            await self._transcribe(answer.hears)

    async def _transcribe(self, words: str) -> None:
        await self.send({"serverContent": {"inputTranscription": {"text": f" {words}"}}})

    async def _call(self, answer: Answer, call_id: str) -> None:
        call = {"id": call_id, "name": answer.calls, "args": answer.arguments}
        await self.send({"toolCall": {"functionCalls": [call]}})
        if answer.cancels_call_after is not None:
            self._cancelled.add(call_id)
            await asyncio.sleep(answer.cancels_call_after)
            await self.send({"toolCallCancellation": {"ids": [call_id]}})
            await self._speak(answer.says)

    async def _speak(self, words: str, *, seconds: float | None = None, ends_turn: bool = True) -> None:
        if self.script.is_mute or self.script.goes_mute_after_turns == len(self.said):
            return
        words = self.script.paraphrases.get(words, words)
        async with self._speaking:  # one turn after the other
            await asyncio.sleep(self.script.think_seconds)
            seconds = self.script.lasts.get(words, speaking_seconds(words)) if seconds is None else seconds
            self._plays_until = asyncio.get_running_loop().time() + seconds
            chunks = list(_in_chunks(words, tone(seconds, pitch_of(self.voice), rate=SPEAKS_HZ)))
            for place, (sound, text) in enumerate(chunks):
                await self.send(_spoken(sound, text))
                if place == len(chunks) // 3 and not await self._reach(Moment.SPEAKING):
                    return
                await asyncio.sleep(CHUNK_SECONDS / 10)  # faster than it plays, as the real one
            self.said.append(words)
            if ends_turn:
                await self.send({"serverContent": {"generationComplete": True}})
                await self.send({"serverContent": {"turnComplete": True}, "usageMetadata": _usage()})
        if self.script.dies_after_turns == len(self.said) and self.script.is_mortal():
            await asyncio.sleep(seconds)
            await self.die(self.script.dies_with, "scripted")


class FakeGemini:
    """`async with FakeGemini(directory) as gemini:`; `gemini.scripts["Nora"] = Script(...)` says what Nora's model
    does.
    """

    def __init__(self, directory: Path) -> None:
        self._context, self.ca_file = make_certificate(directory)
        self._connected = asyncio.Condition()
        self.reset()

    def reset(self) -> None:
        """Forget all scripts and connections."""
        self.scripts: dict[str, Script] = {}  # a text that stands in the system instruction -> script
        self.connections: list[Connection] = []

    def connections_of(self, key: str) -> list[Connection]:
        """Return those whose system instruction holds the text."""
        return [connection for connection in self.connections if key in connection.instructions]

    async def until_connected(self, *, times: int, within: float = 10.0) -> None:
        """Wait for so many connections. Raises TimeoutError."""
        async with asyncio.timeout(within), self._connected:
            await self._connected.wait_for(lambda: len(self.connections) >= times)

    def environment(self) -> dict[str, str]:
        """Return what a process needs to take this for Google."""
        return {"GOOGLE_API_KEY": "fake", "GOOGLE_BASE_URL": self.base_url, "SSL_CERT_FILE": str(self.ca_file)}

    @property
    def base_url(self) -> str:
        return f"https://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        self._server: Server = await serve(self._converse, "127.0.0.1", 0, ssl=self._context, max_size=None)
        self._port: int = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _converse(self, websocket: ServerConnection) -> None:
        try:
            connection = await self._set_up(websocket)
            async for raw in websocket:
                await connection.take(json.loads(raw))
        except ConnectionClosed:
            return  # the client went, or the script closed: both are ordinary ends of a call
        finally:
            for connection in [c for c in self.connections if c.websocket is websocket]:
                await connection.finish()

    async def _set_up(self, websocket: ServerConnection) -> Connection:
        setup = json.loads(await websocket.recv())["setup"]
        connection = Connection(websocket, setup, self._script_for(setup))
        self.connections.append(connection)
        async with self._connected:
            self._connected.notify_all()
        script = connection.script
        is_down = asyncio.get_running_loop().time() < script.refuses_until
        if script.refuses_with or is_down or (script.stays_dead and script.deaths):
            await connection.die(script.refuses_with or script.dies_with, "scripted")
            return connection
        await connection.send({"setupComplete": {"sessionId": f"session-{len(self.connections)}"}})
        return connection

    def _script_for(self, setup: dict[str, Any]) -> Script:
        instructions = instructions_in(setup)
        return next((script for key, script in self.scripts.items() if key in instructions), Script())


def instructions_in(setup: dict[str, Any]) -> str:
    """Return the system instruction of a setup message."""
    content = _either(setup, "systemInstruction", "system_instruction") or {}
    return "\n".join(part.get("text", "") for part in content.get("parts", []))


def pitch_of(voice: str) -> float:
    """Return in hertz how a voice sounds here. The pitches are 180 Hz apart, and no other one's octave."""
    return PITCHES.get(voice, UNKNOWN_PITCH)


def speaking_seconds(words: str) -> float:
    """Return how long it takes to say this: short, for tests have to listen to it."""
    return min(max(0.6, 0.15 * len(words.split())), 1.5)


def _in_chunks(words: str, pcm: bytes) -> Iterator[tuple[bytes, str]]:
    size = int(SPEAKS_HZ * CHUNK_SECONDS) * 2
    sounds, parts = [pcm[start : start + size] for start in range(0, len(pcm), size)], re.findall(r"\s*\S+", words)
    for place, sound in enumerate(sounds):
        text = "".join(parts[place * len(parts) // len(sounds) : (place + 1) * len(parts) // len(sounds)])
        yield sound, text


def _spoken(sound: bytes, text: str) -> dict[str, Any]:
    blob = {"mimeType": f"audio/pcm;rate={SPEAKS_HZ}", "data": base64.b64encode(sound).decode()}
    content: dict[str, Any] = {"modelTurn": {"role": "model", "parts": [{"inlineData": blob}]}}
    return {"serverContent": content | ({"outputTranscription": {"text": text}} if text else {})}


def _usage() -> dict[str, Any]:
    return {
        "promptTokenCount": 42,
        "responseTokenCount": 17,
        "totalTokenCount": 59,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 42}],
        "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 17}],
    }


def _either(message: dict[str, Any], *names: str) -> Any:
    return next((message[name] for name in names if name in message), None)
