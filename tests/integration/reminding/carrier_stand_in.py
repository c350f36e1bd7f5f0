"""A stand-in for the providers of texts: it takes, loses and refuses messages, and remembers what it took."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

KNOWN = "AC1:right"  # the account that it knows, and its secret
NUMBER = "6421999"  # the number of that account


@dataclass
class StandIn:
    """What the provider has taken, and how it answers: ok, lose, refuse, stopped, busy or break."""

    url: str = ""
    mood: str = "ok"
    taken: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@contextmanager
def running_stand_in() -> Iterator[StandIn]:
    """Run the stand-in on a port of its own."""
    told = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            told.asked.append(self.path)
            is_json = "json" in self.headers.get("Content-Type", "")
            message = json.loads(body) if is_json else dict(parse_qsl(body))
            if told.mood in ("ok", "lose"):
                told.taken.append(message)
            if told.mood == "lose":  # it has the message, and its answer never arrives
                self.close_connection = True
                return
            status, answer = _answer(told.mood, self.path, len(told.taken))
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            if status == 429:
                self.send_header("Retry-After", "30")
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            told.asked.append(self.path)
            signed = base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()
            status: int = 401
            answer: dict[str, Any] = {"message": "Authenticate"}
            if signed == KNOWN:
                status, answer = 200, {"status": "active", "value": 7.5}
                if "PhoneNumber=" in self.path:
                    answer = {"incoming_phone_numbers": [{}] if NUMBER in self.path else []}
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the library
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    told.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()


def _answer(mood: str, path: str, number: int) -> tuple[int, dict[str, Any]]:
    is_vonage = path.startswith("/sms/")
    match mood:
        case "busy":
            return 429, {"message": "Too many requests"}
        case "break":
            return 503, {"message": "Down"}
        case "refuse" if is_vonage:
            return 200, {"messages": [{"status": "6", "error-text": "Unroutable message"}]}
        case "refuse":
            return 400, {"code": 21211, "message": "The 'To' number is not valid."}
        case "stopped":
            return 400, {"code": 21610, "message": "Attempt to send to unsubscribed recipient"}
    if is_vonage:
        return 200, {"messages": [{"status": "0", "message-id": f"V{number}"}]}
    return 201, {"sid": f"SM{number}", "status": "queued"}
