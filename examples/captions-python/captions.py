"""An example of a pipeline in Python: captions in every language that is listened to.

    npm start -- --events http://127.0.0.1:9000 --env-file aws.env
    set -a; . ./aws.env; set +a; python captions.py

Hears by lifecycle events which languages are listened to, "translates" what is said with a stub, publishes a caption in each
language, and stops when the session ends. Needs Python 3.10 or later and `pip install boto3`. Variables: HTTP_API_URL (default:
the parameter /sessions/<SESSIONS_ENV>/http_api_url), SESSIONS_ENV (dev), PORT (9000), CAPTION_EVERY_MS (2000). What a
subscriber can rely on is in docs/events.md, publishing in docs/pipeline.md.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

try:
    import boto3
    import urllib3  # botocore brings it along
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
except ImportError as error:
    sys.exit(f"{error}: pip install boto3")

BUDGET_SECONDS = 30
ATTEMPT_SECONDS = 15
LONGEST_DELAY_SECONDS = 5
# What passes by itself; everything else that the service refuses is final.
RETRIED = {"RATE_LIMIT_EXCEEDED", "SERVICE_UNAVAILABLE", "INTERNAL_ERROR"}


class PublishError(Exception):
    """A message was refused, or given up. `code`: see docs/error-codes.md; None: AWS or the network says no more."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class Publisher:
    """Publishes by the HTTP API, signed with the credentials that boto3 finds."""

    def __init__(self, url: str) -> None:
        session = boto3.Session()
        self._url = url.rstrip("/")
        self._credentials = session.get_credentials()
        self._region = session.region_name
        self._http = urllib3.PoolManager(maxsize=20, retries=False)

    def publish(self, session_id: str, to: str, data: Any, *, name: str | None = None, id: str | None = None) -> dict:
        """Returns the receipt. Retries what passes, with the same ID: the message is in the channel once."""
        message = {"to": to, "name": name, "data": data, "id": id or str(uuid.uuid4())}
        body = json.dumps({key: value for key, value in message.items() if value is not None or key == "data"}).encode()
        url = f"{self._url}/sessions/{quote(session_id, safe='')}/messages"
        deadline = time.monotonic() + BUDGET_SECONDS
        attempt = 0
        while True:
            status, problem, reason = self._post(url, body)
            if status in (200, 201):
                return problem
            code = problem.get("code")
            passes = code in RETRIED if code else status is None or status == 429 or status >= 500
            # Full jitter, and not before the time that the service names.
            delay = problem.get("retryAfter", 0) + random.random() * min(LONGEST_DELAY_SECONDS, 0.1 * 2**attempt)
            if not passes or time.monotonic() + delay >= deadline:
                raise PublishError(reason, code)
            time.sleep(delay)
            attempt += 1

    def _post(self, url: str, body: bytes) -> tuple[int | None, dict, str]:
        request = AWSRequest("POST", url, data=body, headers={"content-type": "application/json"})
        SigV4Auth(self._credentials.get_frozen_credentials(), "execute-api", self._region).add_auth(request)
        try:
            answer = self._http.request(
                "POST", url, body=body, headers=dict(request.headers), timeout=ATTEMPT_SECONDS, redirect=False
            )
        except urllib3.exceptions.HTTPError as error:
            return None, {}, f"no answer: {error}"
        try:
            said = json.loads(answer.data)
        except ValueError:
            said = {}
        said = said if isinstance(said, dict) else {}
        return answer.status, said, f"{answer.status} {said.get('detail') or said.get('message') or ''}"


SENTENCES = ["Good morning, and welcome.", "We begin in a moment.", "Thank you for listening."]


def transcribe(number: int) -> str:
    """"Recognizes" the next sentence. Put your speech recognition here."""
    return SENTENCES[(number - 1) % len(SENTENCES)]


def translate(text: str, language: str) -> str:
    """"Translates" it. Put your translation here."""
    return f"[{language}] {text}"


class Session(threading.Thread):
    """One session, named by its ID and its creation: what is known of it, and the thread that captions it."""

    def __init__(self, session_id: str, created_at: int, publisher: Publisher, every_seconds: float) -> None:
        super().__init__(daemon=True)
        self.session_id, self.created_at = session_id, created_at
        self._publisher, self._every_seconds = publisher, every_seconds
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._state, self._revision = "unknown", 0
        self._languages: dict[str, int] = {}
        self._as_of = (0, 0)

    def apply(self, kind: str, detail: dict) -> None:
        """Believes the highest revision, in any order and number of arrivals."""
        with self._lock:
            if self._state == "ended":
                return
            if kind == "LanguagesInUseChanged":
                as_of = (detail["revision"], detail["asOf"])
                if as_of > self._as_of:
                    self._languages, self._as_of = detail["languages"], as_of
                return
            if detail["revision"] <= self._revision:
                return
            self._state, self._revision = STATES[kind], detail["revision"]
            if self._state == "ended":
                self._over.set()

    def stop(self) -> None:
        self._over.set()

    def run(self) -> None:
        number = 0
        while not self._over.is_set():
            with self._lock:
                # Otherwise nobody speaks: it is scheduled or interrupted, or its start is still on the way.
                languages = list(self._languages) if self._state == "active" else []
            if languages:
                number += 1
                text = transcribe(number)
                # One language after the other: order is per channel. A pipeline of many does them side by side.
                for language in languages:
                    self._caption(number, text, language)
            self._over.wait(self._every_seconds)
        print(f"{self.session_id}: the captions have ended", flush=True)

    def _caption(self, number: int, text: str, language: str) -> None:
        try:
            receipt = self._publisher.publish(
                self.session_id,
                language,
                {"number": number, "text": translate(text, language)},
                name="caption",
            )
        except PublishError as error:
            if error.code == "SESSION_NOT_FOUND":  # it has ended, and its event is on the way
                self._over.set()
            print(f"{self.session_id} {language}: {error}", flush=True)
            return
        delivered, gone, failed = (receipt[outcome] for outcome in ("delivered", "gone", "failed"))
        outcome = f"delivered {delivered}, gone {gone}, failed {failed}"
        print(f"{self.session_id} {language} {receipt['offset']}: {outcome}", flush=True)


STATES = {
    "SessionScheduled": "scheduled",
    "SessionStarted": "active",
    "SessionInterrupted": "interrupted",
    "SessionResumed": "active",
    "SessionEnded": "ended",
}


def main() -> None:
    environment = os.environ
    url = environment.get("HTTP_API_URL")
    if url is None:
        # Each deployment leaves its outputs in Systems Manager, and so does the local stack.
        name = f"/sessions/{environment.get('SESSIONS_ENV', 'dev')}/http_api_url"
        url = boto3.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    publisher = Publisher(url)
    every_seconds = float(environment.get("CAPTION_EVERY_MS", "2000")) / 1000
    # Ended ones stay: a late event must not bring one back. A program that runs for days forgets them after a day.
    sessions: dict[tuple[str, int], Session] = {}
    lock = threading.Lock()

    class Events(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            try:
                event = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))))
                kind, detail = event["detail-type"], event["detail"]
                if kind in STATES or kind == "LanguagesInUseChanged":
                    key = (detail["sessionId"], detail["createdAt"])
                    with lock:
                        if key not in sessions:
                            sessions[key] = Session(*key, publisher, every_seconds)
                            sessions[key].apply(kind, detail)
                            sessions[key].start()
                        else:
                            sessions[key].apply(kind, detail)
                self._answer(204)  # what is not answered with 2xx is posted again
            except (ValueError, KeyError, TypeError) as error:
                print(f"This was no event: {error!r}", file=sys.stderr, flush=True)
                self._answer(400)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", int(environment.get("PORT", "9000"))), Events)
    server.daemon_threads = True
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start())
    print(f"Waiting for events on http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()
    for session in sessions.values():
        session.stop()


if __name__ == "__main__":
    main()
