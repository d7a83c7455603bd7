"""A proxy of the test run's own before the object store, which does to its answers what a bad network does.

A process of its own: delta-rs waits for answers with Python's lock in its hand.
"""

from __future__ import annotations

import http.client
import random
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

_APART = {"connection", "transfer-encoding", "content-length", "keep-alive"}
_BUSY = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


@dataclass(frozen=True)
class Said:
    """What the store said; `length` is that of the body, which a HEAD goes without."""

    status: int
    headers: tuple[tuple[str, str], ...]
    length: int
    body: bytes


class Answer(BaseHTTPRequestHandler):
    """One connection of a client; what becomes of each request on it the fault of the moment decides."""

    protocol_version = "HTTP/1.1"
    server: Server

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def answer(self) -> None:
        self.sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.fault(self)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer

    def asked(self) -> Said:
        """The request goes to the store."""
        store = http.client.HTTPConnection(*self.server.store, timeout=60)
        store.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in _APART - {"content-length"}:
                store.putheader(name, value)
        store.endheaders(self.sent)
        said = store.getresponse()
        body = said.read()
        length = int(said.getheader("Content-Length", "0")) if self.command == "HEAD" else len(body)
        store.close()
        return Said(said.status, tuple(h for h in said.getheaders() if h[0].lower() not in _APART), length, body)

    def say(self, said: Said, share: float = 1) -> None:
        """The answer goes to the client, of its body the first part."""
        self.send_response_only(said.status)
        for name, value in said.headers:
            self.send_header(name, value)
        if said.status != http.client.NO_CONTENT:
            self.send_header("Content-Length", str(said.length))
        self.end_headers()
        self.wfile.write(said.body[: int(len(said.body) * share)])

    def hang_up(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Nothing is said on the test's terminal."""


Fault = Callable[[Answer], None]


class Server(ThreadingHTTPServer):
    """`store`: host and port behind it; `struck`: how many requests a fault struck."""

    daemon_threads = True

    def __init__(self, store: tuple[str, int]) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.store, self.fault = store, sound
        self.struck: list[str] = []


def sound(answer: Answer) -> None:
    answer.say(answer.asked())


def down(answer: Answer) -> None:
    """Every connection is reset."""
    answer.server.struck.append(answer.command)
    answer.hang_up()


def slow(answer: Answer) -> None:
    """A fifth of a second more for each answer."""
    answer.server.struck.append(answer.command)
    time.sleep(0.2)
    sound(answer)


def cut(answer: Answer) -> None:
    """Of every body that is read, half."""
    if answer.command != "GET":
        return sound(answer)
    answer.server.struck.append(answer.command)
    answer.say(answer.asked(), 0.5)
    answer.hang_up()


def unacknowledged(answer: Answer) -> None:
    """What is written is written, but nobody is told."""
    if answer.command != "PUT":
        return sound(answer)
    answer.server.struck.append(answer.command)
    answer.asked()
    answer.hang_up()


def sometimes(fault: Fault, share: float, seed: int) -> Fault:
    """The fault strikes that share of the requests, drawn from a seed."""
    dice, rolling = random.Random(seed), Lock()

    def struck(answer: Answer) -> None:
        with rolling:
            hit = dice.random() < share
        fault(answer) if hit else sound(answer)

    return struck


def busy(answer: Answer) -> None:
    """503 as S3 says it; the store is not asked."""
    answer.server.struck.append(answer.command)
    length = len(_BUSY)
    answer.say(Said(503, (("Content-Type", "application/xml"),), length, b"" if answer.command == "HEAD" else _BUSY))


_FAULTS = {f.__name__: f for f in (sound, down, slow, cut, unacknowledged, busy)}


@dataclass(frozen=True)
class Proxy:
    """The running proxy, as the test sees it."""

    endpoint: str
    process: subprocess.Popen[str]

    def suffers(self, fault: Fault, share: float = 1, seed: int = 1) -> int:
        """From now on that share of the requests suffers it; returns how many were struck by what was before."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{fault.__name__} {share} {seed}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def proxy(endpoint: str) -> Iterator[Proxy]:
    """Stands before the store at `endpoint` while it is open; at first it is sound."""
    host, _, port = endpoint.partition("://")[2].partition(":")
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, __file__, host, port], stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        yield Proxy(f"http://127.0.0.1:{int(process.stdout.readline())}", process)


def _serve(host: str, port: str) -> None:
    """Until its standard input ends, from which it takes what to do."""
    served = Server((host, int(port)))
    Thread(target=served.serve_forever, daemon=True).start()
    print(served.server_port, flush=True)
    for line in sys.stdin:
        name, share, seed = line.split()
        before, served.struck = len(served.struck), []
        served.fault = sometimes(_FAULTS[name], float(share), int(seed))
        print(before, flush=True)


if __name__ == "__main__":
    _serve(*sys.argv[1:])
