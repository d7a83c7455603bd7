"""Declarations of which only some marts are left: a night of a test costs what the test looks at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import yaml

from schemas.declared import documents, lay_out, reading


@contextmanager
def marts_of(folder: Path, *names: str, warnings: Collection[str] = ()) -> Iterator[None]:
    """Within: these marts and what they are computed from, these warnings, every form, no comparison. Written to `folder`."""
    texts = dict(documents())
    left = _needed(texts, names)
    for path in [p for p in texts if p.startswith(("marts/", "reconciliations/")) and p not in left]:
        del texts[path]
    for path in [p for p in texts if p.startswith("warnings/")]:
        kept = [w for w in yaml.safe_load(texts[path]) if w["id"] in warnings]
        texts[path] = yaml.safe_dump(kept, allow_unicode=True, sort_keys=False)
    with reading(lay_out(texts, folder)):
        yield


def _needed(texts: Mapping[str, str], names: Iterable[str]) -> set[str]:
    """Documents of the marts named, of those they are computed from, and so on; those that measures read are declared by them."""
    found: set[str] = set()
    measured = {entry["form"] for path in texts if path.startswith("measures/") for entry in yaml.safe_load(texts[path])}
    asked = [f"marts/{name}.yaml" for name in (*names, *sorted(measured))]
    while asked:
        if (path := asked.pop()) in texts and path not in found:
            found.add(path)
            asked += [f"marts/{name}.yaml" for name in yaml.safe_load(texts[path])["guozi"]["inputs"]]
    return found
