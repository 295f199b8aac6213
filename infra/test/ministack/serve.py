"""Serves ministack (https://pypi.org/project/ministack), an AWS emulator, at AWS's own host names: TLS on port 443.

    python serve.py <folder>

Serves with the certificate that certificate.py has written to the folder, until it is ended, and prints `Running on …`
when it is ready. It also repairs what ministack does differently from API Gateway with a
WebSocket; docs/ministack.md lists each repair. It sees every handshake as ASGI middleware, and what the
functions answered by observing ministack's own functions; none of its code is replaced.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any


Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]

# Of the connection of the current task: what "authorizer" and "$connect" answered, and "connectedAt".
Answers = dict[str, Any]
answers: ContextVar[Answers] = ContextVar("answers")


def find(module: Any, name: str) -> Callable[..., Any]:
    """Returns a function of ministack; ends the process if this version of it has none of that name."""
    found = getattr(module, name, None)
    if found is None:
        sys.exit(f"serve.py: this version of ministack has no {module.__name__}.{name}, see docs/ministack.md")
    return found


def observe(module: Any, name: str, keep: Callable[[Answers, tuple[Any, ...], Any], None]) -> None:
    """Lets `keep` see what each call of a function of ministack returns, a coroutine's result included."""
    original = find(module, name)

    def kept(args: tuple[Any, ...], result: Any) -> Any:
        found = answers.get(None)
        if found is not None:
            keep(found, args, result)
        return result

    async def asynchronous(*args: Any, **named: Any) -> Any:
        return kept(args, await original(*args, **named))

    def synchronous(*args: Any, **named: Any) -> Any:
        return kept(args, original(*args, **named))

    setattr(module, name, asynchronous if asyncio.iscoroutinefunction(original) else synchronous)


def observe_connections() -> None:
    """Keeps what authorizer and `$connect` answer to each handshake, and since when the connection is there."""
    from ministack.services import apigateway, lambda_svc

    def keep_authorizer(found: Answers, args: tuple[Any, ...], result: Any) -> None:
        event = args[1]
        if isinstance(event, dict) and event.get("type") == "REQUEST":
            found["authorizer"] = result

    def keep_connect(found: Answers, args: tuple[Any, ...], result: Any) -> None:
        event_type = args[6]
        if event_type == "CONNECT":
            found["$connect"] = result

    def keep_connected_at(found: Answers, _: tuple[Any, ...], result: Any) -> None:
        # ministack says the time of each event; a connection is handled by one task from its start to its end.
        result["connectedAt"] = found.setdefault("connectedAt", result["connectedAt"])

    observe(apigateway, "_ws_request_context", keep_connected_at)
    observe(lambda_svc, "_execute_function_with_config_scope", keep_authorizer)
    observe(apigateway, "_invoke_ws_lambda", keep_connect)


def repair_streams() -> None:
    """Lets a function that reports changes of a stream as failed get them again.

    ministack takes such a batch for processed, but repeats one whose function has failed altogether.
    """
    from ministack.services import lambda_svc

    original = find(lambda_svc, "_execute_function")

    def repeatable(function: Any, event: Any) -> Any:
        result = original(function, event)
        body = result.get("body")
        records = event.get("Records") if isinstance(event, dict) else None
        is_stream = bool(records) and records[0].get("eventSource") == "aws:dynamodb"
        if is_stream and isinstance(body, dict) and body.get("batchItemFailures"):
            return {**result, "error": True, "body": {"errorType": "BatchItemFailures", "errorMessage": json.dumps(body)}}
        return result

    lambda_svc._execute_function = repeatable


def subprotocol_of(found: Answers) -> str | None:
    """Returns the subprotocol that `$connect` chose, which API Gateway puts into the handshake's answer."""
    headers = (found.get("$connect") or {}).get("headers") or {}
    return next((str(value) for name, value in headers.items() if name.lower() == "sec-websocket-protocol"), None)


def is_unauthorized(found: Answers) -> bool:
    """Tells whether the authorizer failed with exactly `Unauthorized`, for which API Gateway answers 401."""
    result = found.get("authorizer") or {}
    body = result.get("body")
    return bool(result.get("error")) and isinstance(body, dict) and body.get("errorMessage") == "Unauthorized"


def repaired(app: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Wraps an ASGI application that is ministack, and repairs its answers to WebSocket handshakes."""

    async def serve(scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        if scope["type"] != "websocket":
            return await app(scope, receive, send)
        found: Answers = {}
        answers.set(found)
        is_open = False

        async def refuse(status: int) -> None:
            headers = [(b"content-type", b"application/json")]
            await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
            await send({"type": "websocket.http.response.body", "body": json.dumps({"message": ""}).encode()})

        async def send_repaired(message: Message) -> None:
            nonlocal is_open
            kind = message["type"]
            if kind == "websocket.accept":
                is_open = True
                message = {**message, "subprotocol": subprotocol_of(found)}
            elif kind == "websocket.close" and not is_open and found.get("$connect"):
                return await refuse(int(found["$connect"].get("statusCode", 502)))
            elif kind == "websocket.http.response.start" and is_unauthorized(found):
                message = {**message, "status": 401}
            await send(message)

        await app(scope, receive, send_repaired)

    return serve


def main(folder: Path) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    observe_connections()
    repair_streams()
    config = Config()
    config.bind = ["127.0.0.1:443"]
    config.certfile, config.keyfile = str(folder / "certificate.pem"), str(folder / "key.pem")
    config.keep_alive_timeout = 75
    config.accesslog = "-"
    config.access_log_format = "%({host}i)s %(r)s %(s)s"
    asyncio.run(serve(repaired(app), config))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
