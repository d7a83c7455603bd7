"""What a night without Spark ends in, wherever its lake is and whatever happened to it on the way."""

from collections import Counter
from dataclasses import dataclass, field

from catalog.content import Content, content
from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from intake.store import existing


@dataclass(frozen=True)
class Ending:
    """What must not depend on what happened."""

    settings: Settings = field(compare=False)
    contents: dict[str, Content]
    submissions: list[tuple[str, ...]]
    entries: list[tuple[object, ...]]
    moves: Counter[tuple[str, ...]]
    releases: list[dict[str, object]]
    left: list[str]


def ending(settings: Settings) -> Ending:
    ledger = Ledger.open(settings)
    sent = ledger.submissions().to_pylist()
    names = {s["id"]: s["name"] for s in sent}
    origins = ledger.submissions().select(["id", "sha256", "name"])
    contents = {}
    for form in sorted(set(ledger.batches("form")["form"].to_pylist())):
        for layer in ("bronze", "silver", "quarantine"):
            if existing(settings, layer, form) is not None:
                contents[f"{layer}/{form}"] = content(settings, layer, form, origins=origins)
    contents["ops/finding"] = content(settings, "ops", "finding", origins=origins)
    events = existing(settings, "ops", "event")
    assert events is not None
    moves = Counter((e["subject"], e["from_state"], e["to_state"]) for e in events.to_pyarrow_table().to_pylist())
    entries = [(names[e["submission"]], e["unit_id"], e["period"], e["state"], e["rows"], e["from_seq"] is None)
               for e in ledger.entries().to_pylist()]  # fmt: skip
    releases = [r for r in ledger.releases_after(0)]
    ledger.close()
    return Ending(
        settings, contents, [(s["receipt"], s["name"], s["received_on"], s["state"], s["verdict"]) for s in sent], entries, moves,
        [{mart: m["version"] for mart, m in r.marts.items()} for r in releases],
        [str(p) for p in settings.incoming.rglob("*") if p.is_file()],
    )  # fmt: skip
