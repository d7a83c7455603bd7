"""An object store whose certificate is signed by an authority of its own (`GUOZI_S3_CA`), as Java is told of it."""

from __future__ import annotations

from pathlib import Path

from catalog.settings import Settings


def trust_store(settings: Settings) -> Path | None:
    """The authority of the store's certificate as Java takes it, where there is one of its own."""
    from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
    from cryptography.x509 import load_pem_x509_certificates

    if settings.store is None or settings.store.authority is None:
        return None
    found, where = settings.store.authority.read_bytes(), settings.home / "cache" / "authority.p12"
    certificates = [pkcs12.PKCS12Certificate(c, str(n).encode()) for n, c in enumerate(load_pem_x509_certificates(found))]
    where.parent.mkdir(parents=True, exist_ok=True)
    where.write_bytes(pkcs12.serialize_java_truststore(certificates, NoEncryption()))
    return where


def trusting(store: str) -> dict[str, str]:
    """System properties by which a Java trusts what is in the store, and nothing else."""
    names = {"trustStore": store, "trustStoreType": "PKCS12", "trustStorePassword": ""}
    return {f"javax.net.ssl.{name}": value for name, value in names.items()}
