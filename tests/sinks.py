"""A web server and a mail server that are really there and keep what they are told."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_string, policy
from http.server import BaseHTTPRequestHandler
from typing import Any


class Sink(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self, handler: type[socketserver.BaseRequestHandler], refusals: int = 0) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.told: list[Any] = []
        self.refusals = refusals


class Webhook(BaseHTTPRequestHandler):
    server: Sink

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.refusals:
            self.server.refusals -= 1
            self.send_error(503)
            return
        self.server.told.append(body)
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Not on the test's stderr."""


class Mail(socketserver.StreamRequestHandler):
    server: Sink

    def handle(self) -> None:
        self.wfile.write(b"220 sink\r\n")
        for line in iter(self.rfile.readline, b""):
            verb = line[:4].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.told.append(message_from_string(b"".join(lines).decode(), policy=policy.default))
            self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 fine\r\n")


@contextmanager
def sink(handler: type[socketserver.BaseRequestHandler], refusals: int = 0) -> Iterator[tuple[Sink, str]]:
    with Sink(handler, refusals) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server, f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def mailed(address: str) -> dict[str, str]:
    return {"GUOZI_SMTP": f"smtp://{address}", "GUOZI_ALERT_FROM": "guozi@city.example", "GUOZI_ALERT_TO": "duty@city.example"}
