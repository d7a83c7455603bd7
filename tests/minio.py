"""A MinIO server of the test run's own, on a free port of this host."""

from __future__ import annotations

import os
import secrets
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from minio.credentials import StaticProvider
from minio.minioadmin import MinioAdmin

from catalog.roles import policy
from catalog.settings import Settings
from scripts.minio import binary

_PATIENCE = 60  # seconds


@contextmanager
def server(folder: Path, certificates: Path | None = None, authority: Path | None = None) -> Iterator[Mapping[str, str]]:
    """Runs while it is open; gives the environment that settings are loaded from, its `GUOZI_LAKE` left out.

    With TLS where `certificates` hold its own (`public.crt`, `private.key`), signed by `authority`.
    """
    user, password = "operator", secrets.token_urlsafe(24)
    certificates = certificates or folder / "certificates"
    endpoint = f"{'https' if authority else 'http'}://127.0.0.1:{_free_port()}"
    environment = {**os.environ, "MINIO_ROOT_USER": user, "MINIO_ROOT_PASSWORD": password, "MINIO_BROWSER": "off"}
    command = [str(binary()), "server", "--quiet", "--certs-dir", str(certificates), "--address", endpoint.partition("://")[2]]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([*command, str(folder / "data")], env=environment, stdout=log, stderr=log)
        try:
            trusted = ssl.create_default_context(cafile=authority) if authority else None
            _await(f"{endpoint}/minio/health/ready", trusted, process, folder / "log")
            yield {"GUOZI_S3_ENDPOINT": endpoint, "GUOZI_S3_ACCESS_KEY": user, "GUOZI_S3_SECRET_KEY": password}
        finally:
            process.terminate()
            process.wait()


def account(settings: Settings, role: str) -> Settings:
    """The same lake through an account of its own that has the role; MinIO's administration takes the documents as they are."""
    assert settings.store is not None
    store = settings.store
    keys = StaticProvider(store.access_key, store.secret_key)
    admin = MinioAdmin(endpoint=store.endpoint.partition("://")[2], credentials=keys, region=store.region, secure=False)
    user, password = f"{role}-{secrets.token_hex(4)}", secrets.token_urlsafe(24)
    admin.user_add(user, password)
    admin.policy_add(user, policy=policy(settings, role))
    admin.attach_policy([user], user=user)
    return replace(settings, store=replace(store, access_key=user, secret_key=password))


def certified(folder: Path) -> Path:
    """Of an authority of its own, which signs for 127.0.0.1, where the server looks for it. Returns the authority's."""
    made, now = [], datetime.now(UTC)
    for name in ("authority", "server"):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signer, issuer = made[0] if made else (key, subject)
        built = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now).not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=not made, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
            .sign(signer, hashes.SHA256())
        )  # fmt: skip
        made.append((key, subject))
        (folder / ("public.crt" if name == "server" else "authority.pem")).write_bytes(built.public_bytes(Encoding.PEM))
    (folder / "private.key").write_bytes(made[1][0].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return folder / "authority.pem"


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def _await(url: str, trusted: ssl.SSLContext | None, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=1, context=trusted):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise RuntimeError(f"MinIO did not start: {log.read_text(errors='replace')[-2000:]}")
