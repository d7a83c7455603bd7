"""What judged or computed, kept by hash: resolved contracts, what a mart was computed from, whole sets of declarations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.ledger.models import Blob
from catalog.ledger.store import Store
from catalog.ledger.writer import Writer
from schemas.freeze import digest


def keep(writer: Writer, kind: str, name: str, document: Mapping[str, Any]) -> str:
    sha256 = digest(dict(document))
    if writer.session.get(Blob, sha256) is None:
        _add(writer, sha256, kind, name, dict(document))
    return sha256


def set_hash(documents: Mapping[str, str]) -> str:
    return digest(_listed(documents))


def keep_set(writer: Writer, documents: Mapping[str, str]) -> str:
    """A blob for each document that is new, and one that lists them by path."""
    listed = _listed(documents)
    known = set(writer.session.scalars(select(Blob.sha256).where(Blob.sha256.in_(sorted(listed.values())))))
    for path, sha256 in listed.items():
        if sha256 not in known:
            known.add(sha256)
            _add(writer, sha256, "document", path[-64:], {"text": documents[path]})
    return keep(writer, "set", "schemas", listed)


def _add(writer: Writer, sha256: str, kind: str, name: str, document: dict[str, Any]) -> None:
    writer.session.add(Blob(sha256=sha256, kind=kind, name=name, document=document, number=writer.number("blob")))


def kept(session: Session, sha256: str) -> dict[str, Any]:
    """Raises KeyError for a hash that was never kept."""
    found = session.get(Blob, sha256)
    if found is None:
        raise KeyError(f"台账里没有内容 {sha256}")
    return found.document


def kept_set(session: Session, sha256: str) -> dict[str, str]:
    """Path → text. Raises KeyError for a hash that is not of a set that was kept."""
    listed = kept(session, sha256)
    found = session.scalars(select(Blob).where(Blob.sha256.in_(sorted(listed.values()))))
    texts = {blob.sha256: blob.document["text"] for blob in found}
    return {path: texts[sha256] for path, sha256 in listed.items()}


def _listed(documents: Mapping[str, str]) -> dict[str, str]:
    return {path: digest({"text": text}) for path, text in documents.items()}


class Blobs(Store):
    """The part of the ledger that keeps what judged or computed."""

    def keep_blob(self, kind: str, name: str, document: Mapping[str, Any]) -> str:
        """Keeps a resolved contract, parameter set or declaration; returns its hash (`schemas.freeze.digest`)."""
        if self.keeps(sha256 := digest(dict(document))):
            return sha256
        with self._writing() as writer:
            return keep(writer, kind, name, document)

    def keep_set(self, documents: Mapping[str, str]) -> str:
        """Keeps every document of a set of declarations (`schemas.declared.documents`); returns the hash of the set."""
        if self.keeps(sha256 := set_hash(documents)):
            return sha256
        with self._writing() as writer:
            return keep_set(writer, documents)

    def keeps(self, sha256: str) -> bool:
        with self._reading() as session:
            return session.get(Blob, sha256) is not None

    def blob(self, sha256: str) -> dict[str, Any]:
        """Raises KeyError for a hash that was never kept."""
        with self._reading() as session:
            return kept(session, sha256)

    def kept_set(self, sha256: str) -> dict[str, str]:
        """Path → text of every document of a set. Raises KeyError."""
        with self._reading() as session:
            return kept_set(session, sha256)
