"""A client of the sessions service in Python: a speaker, or a listener, that stays connected.

    python sessions.py speak  --url wss://… --language en          (the token in SESSIONS_TOKEN, or --token-file)
    python sessions.py listen --url wss://… --session faithful-shepherd-427 --language es

Prints one JSON object a line: {"event": "live" | "state" | "message" | "refreshed" | "lost" | "ended" | …}. Takes one
a line, too, and sends it: {"action": "changeLanguage", "targetLanguage": "fr"}, {"action": "setBroadcastState",
"paused": true}, {"action": "publish", "to": "all", "data": "We begin"}. Ctrl-C ends the session, or leaves it. Needs Python 3.10 or later and `pip install websockets`. The protocol is described in
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
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

SUBPROTOCOL = "session.v1"
REPLY_TIMEOUT_SECONDS = 10
FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 10
ATTEMPTS = 12
# Close codes: a speaker's goodbye ends the session, so everything else is closed with an application's own code.
GOODBYE, ABANDONED = 1000, 4000
# How long a message that came too early waits for the one before it, and how long what was asked for may take.
HOLD_SECONDS, REPLAY_SECONDS = 0.5, 4
# What another attempt can change; everything else that the service refuses is final.
RETRYABLE = {"RATE_LIMIT_EXCEEDED", "SERVICE_UNAVAILABLE", "INTERNAL_ERROR", "SESSION_FULL"}

Message = dict[str, Any]
Report = Callable[[str, Message], None]
GetToken = Callable[[], "str | None"]


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
        return cls(await connect(url, subprotocols=offered, ping_interval=None, close_timeout=2))

    @property
    def is_closed(self) -> bool:
        return self._reader.done()

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

    async def close(self, code: int = ABANDONED) -> None:
        await self._socket.close(code)
        await self._reader


class Channels:
    """Reports the messages of the channels that are followed: each once, in order by channel, by their offsets."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._epoch: int | None = None
        # By channel: the offset of the last message that was reported, the last one that there is, and what came too early.
        self._positions: dict[str, int] = {}
        self._heads: dict[str, int] = {}
        self._early: dict[str, dict[int, Message]] = {}

    def received(self) -> Message:
        """What a refresh or a new join says, so that what came after it follows the reply."""
        return {} if self._epoch is None else {"epoch": self._epoch, "since": self._positions}

    def missing(self) -> dict[str, int]:
        """The channels that are not complete, with the offset after which something is missing."""
        return {name: offset for name, offset in self._positions.items() if self._heads[name] > offset}

    def follow(self, reply: Message) -> None:
        """A reply names the channels that are followed from now on, and where they stand."""
        heads: dict[str, int] = reply["positions"]
        is_first, is_new = self._epoch is None, reply["epoch"] != self._epoch
        self._epoch = reply["epoch"]
        known = {} if is_new else self._positions
        # A channel that is new begins now; a later session of the same ID is sent again from its beginning.
        begin = {name: 0 if is_new and not is_first else head for name, head in heads.items()}
        self._positions = {name: known.get(name, begin[name]) for name in heads}
        self._early = {name: {} if is_new else self._early.get(name, {}) for name in heads}
        self._heads = {name: max(head, self._positions[name]) for name, head in heads.items()}

    def expect(self, message: Message) -> None:
        """The acknowledgement of a heartbeat shows that the last message was lost."""
        if message["epoch"] == self._epoch:
            for name in self._heads.keys() & message["positions"].keys():
                self._heads[name] = max(self._heads[name], message["positions"][name])

    def take(self, message: Message) -> None:
        name, offset = message["channel"], message["offset"]
        if message["epoch"] != self._epoch or name not in self._positions or offset <= self._positions[name]:
            return
        self._early[name][offset] = message
        self._heads[name] = max(self._heads[name], offset)
        self._report_next(name)

    def skip(self) -> None:
        """Gives up what the service does not hold any more."""
        for name, last in self.missing().items():
            first = min(self._early[name], default=self._heads[name] + 1)
            self._report("messages lost", {"channel": name, "from": last + 1, "to": first - 1})
            self._positions[name] = first - 1
            self._report_next(name)

    def _report_next(self, name: str) -> None:
        while (message := self._early[name].pop(self._positions[name] + 1, None)) is not None:
            self._positions[name] += 1
            self._report("message", message)


class Participant:
    """A speaker or a listener with a place in a session, on whatever connection it has at the time."""

    def __init__(self, url: str, role: str, report: Report, get_token: GetToken = lambda: None) -> None:
        self._url, self._role, self._report, self._get_token = url, role, report, get_token
        # Names this client, so that the service can tell it from another one of the same speaker.
        self.client_id = uuid.uuid4().hex
        self._place: Message = {}
        # How the session is, by the highest revision: notifications may be lost, or come in any order.
        self._revision = 0
        self._state: Message = {}
        self._channels = Channels(report)
        self._asking: asyncio.Task[None] | None = None
        self._connection: Connection | None = None
        self._heartbeats: asyncio.Task[None] | None = None

    async def enter(self, action: str, **fields: Any) -> None:
        """Opens a session (createSession) or joins one (joinSession). Waits for as long as the service asks to."""
        self._entry = (action, fields)
        attempts = itertools.count()
        connection: Connection | None = None
        while True:
            try:
                # A crowd that has to wait does so on open connections. A speaker's token is checked anew on each.
                if connection is None or connection.is_closed or self._role == "speaker":
                    connection = await self._open()
                self._take_place(connection, await connection.request(action, **fields))
                return self._report("live", {key: self._place[key] for key in ("sessionId", "connectionId")})
            except Refused as error:
                if error.code not in ("RATE_LIMIT_EXCEEDED", "SERVICE_UNAVAILABLE"):
                    raise
                await self._pause(next(attempts), error)

    async def stay(self) -> None:
        """Goes on until the session is over: heartbeats, planned moves, and a new connection for a lost one."""
        while True:
            self._heartbeats = asyncio.create_task(self._beat())
            message = await self._next()
            self._heartbeats.cancel()
            if message is None:
                self._report("lost", {})
                await self._current().close()
                if not await self._come_back():
                    return
            elif message["type"] == "speakerReplaced":
                self._report("ended", {"reason": "replaced"})
                return await self._current().close()
            elif message["type"] in ("connectionRefreshRequired", "connectionWarning"):
                await self._move()
            else:  # sessionEnded, or an acknowledgement of a heartbeat that says the same
                self._report("ended", {"reason": message.get("reason")})
                return await self._current().close()

    async def send(self, action: str, **fields: Any) -> None:
        """Sends a request that may be repeated; with an expired token, on a connection with a fresh one."""
        try:
            reply = await self._current().request(action, **fields)
        except Refused as error:
            if error.code != "TOKEN_EXPIRED":
                return self._report("refused", {"action": action, "code": error.code})
            await self._move()
            reply = await self._current().request(action, **fields)
        # So that the place is asked for in this language when it has to be taken anew.
        if reply["type"] == "languageChanged":
            self._place["targetLanguage"] = self._entry[1]["targetLanguage"] = reply["targetLanguage"]
            self._channels.follow(reply)
        self._take_state(reply)
        self._report("done", reply)

    async def leave(self) -> None:
        if self._role == "speaker":
            await self.send("endSession")
            self._report("ended", {"reason": "speakerEnded"})
        await self._current().close(GOODBYE)

    def _current(self) -> Connection:
        assert self._connection is not None, "enter first"
        return self._connection

    async def _open(self) -> Connection:
        return await Connection.open(self._url, self._get_token())

    def _take_place(self, connection: Connection, reply: Message) -> None:
        self._place = {**self._place, **reply}
        self._connection = connection
        if reply["type"] == "sessionJoined":
            self._revision = 0  # it may be a later session of the same ID
        self._take_state(reply)
        self._channels.follow(reply)
        self._ask_for_missing(REPLAY_SECONDS)  # what was missed is on its way

    def _take_state(self, message: Message) -> None:
        """What a reply, a notification or an acknowledgement says of the session, unless something newer is known."""
        if message.get("revision", 0) <= self._revision:
            return
        self._revision = message["revision"]
        now = {key: message[key] for key in ("state", "broadcastState") if key in message}
        if now and now != self._state:
            self._state = now
            self._report("state", now)

    def _take(self, message: Message) -> None:
        """A message, a notification, or the acknowledgement of a heartbeat, which says how all of it stands."""
        if message["type"] == "message":
            self._channels.take(message)
        elif message["type"] == "heartbeatAck":
            self._channels.expect(message)
        else:
            self._report("message", message)
        self._take_state(message)
        self._ask_for_missing(HOLD_SECONDS)

    def _ask_for_missing(self, hold_seconds: float) -> None:
        if self._channels.missing() and (self._asking is None or self._asking.done()):
            self._asking = asyncio.create_task(self._recover(hold_seconds))

    async def _recover(self, hold_seconds: float) -> None:
        """Asks for what is still missing after a while. A lost answer is asked for again with the next message or heartbeat."""
        await asyncio.sleep(hold_seconds)
        with contextlib.suppress(Refused, ConnectionClosed, ConnectionError, TimeoutError):
            while missing := self._channels.missing():
                request = {**self._channels.received(), "since": missing}
                recovery = await self._current().request("recover", **request)
                self._channels.expect(recovery)
                await asyncio.sleep(REPLAY_SECONDS)
                if not recovery["recovered"]:
                    self._channels.skip()

    async def _next(self) -> Message | None:
        """The next message that asks for something; the others are only reported. None: the connection is gone."""
        while (message := await self._current().pushes.get()) is not None:
            is_newer = message.get("revision", 0) > self._revision
            self._take(message)
            if message["type"] in ("connectionRefreshRequired", "connectionWarning", "speakerReplaced"):
                return message
            # The acknowledgement of a heartbeat heals a notification that was lost.
            if is_newer and (message["type"] == "sessionEnded" or message.get("state") == "ended"):
                return message
        return None

    async def _beat(self) -> None:
        connection, interval = self._current(), self._place.get("heartbeatIntervalSeconds", 30)
        try:
            while True:
                # Never sooner than the interval: the service counts. A crowd that joined at once drifts apart.
                await asyncio.sleep(interval * random.uniform(1, 1.1))
                acknowledged = await connection.request("heartbeat")
                self._report("heartbeat", {"connectionExpiresAt": acknowledged["connectionExpiresAt"]})
                connection.pushes.put_nowait(acknowledged)
        except (ConnectionClosed, ConnectionError, TimeoutError):
            connection.pushes.put_nowait(None)
        except Refused as error:
            # The place is gone: the connection is of no use any more.
            if error.code == "NOT_IN_SESSION":
                connection.pushes.put_nowait(None)

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
            self._take(message)
        self._report("refreshed", {"connectionId": self._place["connectionId"]})

    async def _take_over(self) -> None:
        connection = await self._open()
        own = (
            {"clientId": self.client_id}
            if self._role == "speaker"
            else {key: self._place[key] for key in ("targetLanguage", "place")}
        )
        try:
            moved = await connection.request(
                "refreshConnection",
                sessionId=self._place["sessionId"],
                role=self._role,
                previousConnectionId=self._place["connectionId"],
                **self._channels.received(),
                **own,
            )
        except Refused as error:
            if error.code != "NOT_IN_SESSION" or self._role == "speaker":
                await connection.close()
                raise
            # The place is gone: another one is taken, in the same session and language.
            moved = await connection.request(self._entry[0], **self._entry[1], **self._channels.received())
        except BaseException:
            await connection.close()
            raise
        self._take_place(connection, moved)

    async def _come_back(self) -> bool:
        """Takes the place again: a speaker while the session waits, a listener by its old one or by joining once more."""
        for attempt in range(ATTEMPTS):
            error: Refused | None = None
            try:
                # Full jitter: those who were cut together do not come back together.
                await self._pause(attempt)
                await self._take_over()
                self._report("live", {"connectionId": self._place["connectionId"]})
                return True
            except Refused as refused:
                error = refused
                if error.code not in RETRYABLE:
                    reason = "replaced" if error.code == "SPEAKER_REPLACED" else error.code
                    self._report("ended", {"reason": reason})
                    return False
                await self._pause(0, error)
            except (OSError, InvalidHandshake, ConnectionClosed, TimeoutError) as failure:
                self._report("not back yet", {"why": type(failure).__name__})
        self._report("ended", {"reason": "unreachable"})
        return False

    async def _pause(self, attempt: int, error: Refused | None = None) -> None:
        """Waits as long as the service asks for, and then a while that spreads a crowd."""
        delay = random.uniform(0, min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2**attempt))
        if error is not None:
            delay += error.retry_after or 0
            self._report("waiting", {"code": error.code, "seconds": round(delay, 1)})
        await asyncio.sleep(delay)


async def read_requests(participant: Participant) -> None:
    """Sends what comes on standard input, one JSON object a line."""
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    while line := await reader.readline():
        try:
            request: Message = json.loads(line)
            await participant.send(request.pop("action"), **request)
        except (ValueError, KeyError, ConnectionError, ConnectionClosed, TimeoutError, Refused) as error:
            print(f"sessions.py: {error}", file=sys.stderr)


async def main(arguments: argparse.Namespace) -> None:
    def report(event: str, fields: Message) -> None:
        print(json.dumps({"event": event, **fields}), flush=True)

    def token() -> str | None:
        # Read anew for each connection, since a token is renewed there.
        return Path(arguments.token_file).read_text().strip() if arguments.token_file else os.environ["SESSIONS_TOKEN"]

    if arguments.what == "speak":
        participant = Participant(arguments.url, "speaker", report, token)
        await participant.enter("createSession", sourceLanguage=arguments.language, clientId=participant.client_id)
    else:
        participant = Participant(arguments.url, "listener", report)
        key = {"joinKey": arguments.join_key} if arguments.join_key else {}
        await participant.enter("joinSession", sessionId=arguments.session, targetLanguage=arguments.language, **key)
    staying = asyncio.create_task(participant.stay())
    reading = asyncio.create_task(read_requests(participant))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, staying.cancel)
    try:
        await staying
    except asyncio.CancelledError:
        await participant.leave()
    finally:
        reading.cancel()


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Speaks or listens in a session.")
    parser.add_argument("what", choices=["speak", "listen"])
    parser.add_argument("--url", required=True, help="e.g. ws://127.0.0.1:4510/dev")
    parser.add_argument("--language", required=True, help="what is spoken, or what is to be heard")
    parser.add_argument("--session", help="the session to listen to")
    parser.add_argument("--join-key", help="of the session's link (k): a join with it is not held up by a rate limit")
    parser.add_argument("--token-file", help="where the speaker's access token is, instead of SESSIONS_TOKEN")
    parsed = parser.parse_args(arguments)
    if parsed.what == "listen" and parsed.session is None:
        parser.error("--session is missing: the ID that the speaker shows")
    if parsed.what == "speak" and not parsed.token_file and "SESSIONS_TOKEN" not in os.environ:
        parser.error("SESSIONS_TOKEN is missing: the speaker's access token, as an environment variable, or --token-file")
    return parsed


if __name__ == "__main__":
    try:
        asyncio.run(main(parse(sys.argv[1:])))
    except (Refused, OSError, InvalidHandshake) as failure:
        sys.exit(f"sessions.py: {failure}")
