"""An incident API over a real socket that records what it gets and answers as told."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Post", "Reply", "ScriptedApi", "wait_until"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One request as the server saw it."""

    path: str
    headers: Mapping[str, str]
    event: dict[str, Any]
    text: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    at_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """How to answer: with a status, by closing the connection, or not at all."""

    status: int = 500
    body: str = "scripted"
    headers: Mapping[str, str] = field(default_factory=dict)
    close: bool = False
    hang_s: float = 0.0


Script = Callable[[Post], Reply | None]


class ScriptedApi:
    """Takes events as docs/wire.md has it, unless the script gives another reply first.

    ``posts`` are all requests in the order of arrival, ``taken`` the events that were taken,
    each once. `stop` and `start` again keep the port and what was taken, like a service that
    restarts.
    """

    def __init__(self, script: Script | None = None) -> None:
        self.script = script
        self.posts: list[Post] = []
        self.taken: dict[str, dict[str, Any]] = {}
        self.files: dict[str, bytes] = {}
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._port = 0
        self._server: ThreadingHTTPServer | None = None

    def __enter__(self) -> "ScriptedApi":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                api._serve(self)

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:  # a client that went away
                pass

        self._server = Server(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def sequences(self, incident_key: str) -> list[int]:
        """Sequences of the incident in the order in which they were first taken."""
        with self._lock:
            return [
                event["sequence"]
                for event in self.taken.values()
                if event["incident_key"] == incident_key
            ]

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        if self._server is None:  # a kept connection into a stopped server
            handler.close_connection = True
            return
        post = _read(handler)
        with self._lock:
            self.posts.append(post)
        reply = self.script(post) if self.script else None
        if reply is None:
            reply = self._take(post)
        if reply.hang_s:
            self._released.wait(reply.hang_s)
        if reply.close or reply.hang_s:
            handler.close_connection = True
            return
        body = reply.body.encode()
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _take(self, post: Post) -> Reply:
        event = post.event
        with self._lock:
            known = self.taken.setdefault(event["event_id"], event)
            duplicate = known is not event
            self.files.update(post.files)
        if known != event:
            return Reply(status=409, body='{"detail": "event_id is known with other content"}')
        answer = {
            "event_id": event["event_id"],
            "incident_id": 1,
            "incident_key": event["incident_key"],
            "sequence": event["sequence"],
            "duplicate": duplicate,
        }
        return Reply(status=200 if duplicate else 201, body=json.dumps(answer))


def _read(handler: BaseHTTPRequestHandler) -> Post:
    raw = handler.rfile.read(int(handler.headers["Content-Length"]))
    kind = handler.headers["Content-Type"]
    text = "" if kind.startswith("multipart/") else raw.decode()
    files: dict[str, bytes] = {}
    if not text:
        whole = BytesParser(policy=HTTP).parsebytes(
            b"Content-Type: " + kind.encode() + b"\r\n\r\n" + raw
        )
        for part in whole.iter_parts():
            content = part.get_payload(decode=True)
            if part.get_param("name", header="content-disposition") == "event":
                text = content.decode()
            else:
                files[part.get_filename()] = content
    return Post(
        path=handler.path,
        headers=dict(handler.headers),
        event=json.loads(text),
        text=text,
        files=files,
        at_s=time.monotonic(),
    )


def wait_until(condition: Callable[[], object], *, timeout_s: float = 10.0, what: str = "") -> None:
    """Wait until the condition holds; fail with ``what`` when it does not in time."""
    until_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > until_s:
            raise AssertionError(f"not within {timeout_s:g} s: {what or condition}")
        time.sleep(0.005)
