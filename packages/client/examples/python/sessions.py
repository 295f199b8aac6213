"""A client of the sessions service in Python: a speaker, or a listener, that stays connected.

    python sessions.py speak  --url wss://… --language en          (the token in SESSIONS_TOKEN)
    python sessions.py listen --url wss://… --session faithful-shepherd-427 --language es

Prints one JSON object a line: {"event": "live" | "message" | "refreshed" | "lost" | "ended" | …}. Ctrl-C ends the
session, or leaves it. Needs Python 3.10 or later and `pip install websockets`. The protocol is described in
docs/protocol.md and docs/asyncapi.json; this is what a client has to do, and no more.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import random
import signal
import sys
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

SUBPROTOCOL = "session.v1"
REPLY_TIMEOUT_SECONDS = 10
FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 10
ATTEMPTS = 12
# What another attempt does not change.
FINAL = {"FORBIDDEN", "INVALID_SESSION_ID", "INVALID_LANGUAGE", "UNSUPPORTED_LANGUAGE", "SESSION_NOT_FOUND", "UNAUTHORIZED"}

Message = dict[str, Any]
Report = Callable[[str, Message], None]


class Refused(Exception):
    """The service has answered with an error. `code` is one of docs/error-codes.md."""

    def __init__(self, error: Message) -> None:
        super().__init__(f"{error['code']}: {error['message']}")
        self.code: str = error["code"]
        self.retry_after: float | None = error.get("retryAfter")


class Connection:
    """One WebSocket: requests with their replies, and what the service pushes."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._replies: dict[str, asyncio.Future[Message]] = {}
        self.pushes: asyncio.Queue[Message | None] = asyncio.Queue()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, url: str, token: str | None) -> Connection:
        # As a subprotocol, so that the token is in no address and in no log.
        offered = [SUBPROTOCOL] + ([f"bearer.{token}"] if token else [])
        return cls(await connect(url, subprotocols=offered, ping_interval=None))

    async def request(self, action: str, **fields: Any) -> Message:
        """Sends a message and waits for its reply. Raises Refused, or ConnectionClosed, or TimeoutError."""
        request_id = f"r{next(self._numbers)}"
        reply: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._replies[request_id] = reply
        try:
            await self._socket.send(json.dumps({"action": action, "requestId": request_id, **fields}))
            message = await asyncio.wait_for(reply, REPLY_TIMEOUT_SECONDS)
        finally:
            del self._replies[request_id]
        if message["type"] == "error":
            raise Refused(message)
        return message

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in self._socket:
                message: Message = json.loads(text)
                reply = self._replies.get(message.get("requestId", ""))
                if reply is not None and not reply.done():
                    reply.set_result(message)
                elif "type" in message:
                    self.pushes.put_nowait(message)
        for reply in self._replies.values():
            if not reply.done():
                reply.set_exception(ConnectionError("the connection was lost"))
        self.pushes.put_nowait(None)

    async def close(self) -> None:
        await self._socket.close()
        await self._reader


class Participant:
    """A speaker or a listener with a place in a session, on whatever connection it has at the time."""

    def __init__(self, url: str, role: str, report: Report, token: str | None = None) -> None:
        self._url, self._role, self._report, self._token = url, role, report, token
        self._place: Message = {}
        self._connection: Connection | None = None
        self._heartbeats: asyncio.Task[None] | None = None

    async def enter(self, action: str, **fields: Any) -> None:
        """Opens a session (createSession) or joins one (joinSession)."""
        self._entry = (action, fields)
        self._connection = await Connection.open(self._url, self._token)
        self._place = await self._connection.request(action, **fields)
        self._report("live", {key: self._place[key] for key in ("sessionId", "connectionId")})

    async def stay(self) -> None:
        """Goes on until the session is over: heartbeats, planned moves, and a new connection for a lost one."""
        while True:
            self._heartbeats = asyncio.create_task(self._beat())
            message = await self._next()
            self._heartbeats.cancel()
            if message is None:
                self._report("lost", {})
                if not await self._come_back():
                    return
            elif message["type"] == "sessionEnded":
                self._report("ended", {"reason": message["reason"]})
                return await self._current().close()
            elif message["type"] == "connectionRefreshRequired":
                await self._move()

    async def leave(self) -> None:
        connection = self._current()
        if self._role == "speaker":
            ended = await connection.request("endSession")
            self._report("ended", {"reason": ended["reason"]})
        await connection.close()

    def _current(self) -> Connection:
        assert self._connection is not None, "enter first"
        return self._connection

    async def _next(self) -> Message | None:
        """The next push that asks for something; the others are only told. None: the connection is gone."""
        while (message := await self._current().pushes.get()) is not None:
            self._report("message", message)
            if message["type"] in ("sessionEnded", "connectionRefreshRequired"):
                return message
        return None

    async def _beat(self) -> None:
        interval = self._place.get("heartbeatIntervalSeconds", 30)
        with contextlib.suppress(ConnectionClosed, ConnectionError, Refused, TimeoutError):
            while True:
                # Never sooner than the interval: the service counts. A crowd that joined at once drifts apart.
                await asyncio.sleep(interval * random.uniform(1, 1.1))
                acknowledged = await self._current().request("heartbeat")
                self._report("heartbeat", {"connectionExpiresAt": acknowledged["connectionExpiresAt"]})

    async def _move(self) -> None:
        """Make before break: the new connection takes the place over before the old one goes."""
        old = self._current()
        try:
            await self._take_over()
        except (Refused, OSError, InvalidHandshake, ConnectionClosed, TimeoutError) as error:
            return self._report("move failed", {"why": str(error)})  # the next heartbeat brings the next request
        await old.close()
        # What came for us on the old connection until the end.
        while (message := old.pushes.get_nowait()) is not None:
            self._report("message", message)
        self._report("refreshed", {"connectionId": self._place["connectionId"]})

    async def _take_over(self) -> None:
        connection = await Connection.open(self._url, self._token)
        try:
            moved = await connection.request(
                "refreshConnection",
                sessionId=self._place["sessionId"],
                role=self._role,
                previousConnectionId=self._place["connectionId"],
            )
        except BaseException:
            await connection.close()
            raise
        self._place = {**self._place, "connectionId": moved["connectionId"]}
        self._connection = connection

    async def _come_back(self) -> bool:
        """A speaker takes the place again while the session waits; a listener joins once more."""
        for attempt in range(ATTEMPTS):
            # Full jitter: those who were cut together do not come back together.
            delay = random.uniform(0, min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2**attempt))
            try:
                await asyncio.sleep(delay)
                if self._role == "speaker":
                    await self._take_over()
                    self._report("live", {"connectionId": self._place["connectionId"]})
                else:
                    await self.enter(self._entry[0], **self._entry[1])
                return True
            except Refused as error:
                if error.code in FINAL:
                    self._report("ended", {"reason": error.code})
                    return False
                await asyncio.sleep(error.retry_after or 0)
            except (OSError, InvalidHandshake, ConnectionClosed, TimeoutError) as error:
                self._report("not back yet", {"why": type(error).__name__})
        self._report("ended", {"reason": "unreachable"})
        return False


async def main(arguments: argparse.Namespace) -> None:
    def report(event: str, fields: Message) -> None:
        print(json.dumps({"event": event, **fields}), flush=True)

    if arguments.what == "speak":
        participant = Participant(arguments.url, "speaker", report, os.environ.get("SESSIONS_TOKEN"))
        await participant.enter("createSession", sourceLanguage=arguments.language)
    else:
        participant = Participant(arguments.url, "listener", report)
        await participant.enter("joinSession", sessionId=arguments.session, targetLanguage=arguments.language)
    staying = asyncio.create_task(participant.stay())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, staying.cancel)
    try:
        await staying
    except asyncio.CancelledError:
        await participant.leave()


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Speaks or listens in a session.")
    parser.add_argument("what", choices=["speak", "listen"])
    parser.add_argument("--url", required=True, help="e.g. ws://127.0.0.1:4510/dev")
    parser.add_argument("--language", required=True, help="what is spoken, or what is to be heard")
    parser.add_argument("--session", help="the session to listen to")
    parsed = parser.parse_args(arguments)
    if parsed.what == "listen" and parsed.session is None:
        parser.error("--session is missing: the ID that the speaker shows")
    if parsed.what == "speak" and "SESSIONS_TOKEN" not in os.environ:
        parser.error("SESSIONS_TOKEN is missing: the speaker's access token, as an environment variable")
    return parsed


if __name__ == "__main__":
    try:
        asyncio.run(main(parse(sys.argv[1:])))
    except (Refused, OSError, InvalidHandshake) as failure:
        sys.exit(f"sessions.py: {failure}")
