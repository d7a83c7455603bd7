"""The whole way of what lies in incoming/: land, refine, and the marts that read payments. Prints JSON on its last line."""

from __future__ import annotations

import json
import time
from typing import Any

from bench.outcome import outcome
from catalog.settings import Settings, load_settings
from catalog.tables import table

FORM, MART = "large_payment", "fund_flow"


def main() -> None:
    settings = load_settings()
    seconds: dict[str, float] = {}
    marts: dict[str, Any] = {}
    for name, run in (("land", _land), ("refine", _refine), ("build", _build)):
        started = time.monotonic()
        told = run(settings)
        seconds[name] = round(time.monotonic() - started, 2)
        marts = told if name == "build" else marts
    places = {
        layer: table(settings, layer, MART if layer == "gold" else FORM).uri for layer in ("bronze", "silver", "gold")
    }
    print(json.dumps({"stages": seconds, "marts": marts, "result": outcome(places)}, ensure_ascii=False))


def _land(settings: Settings) -> dict[str, Any]:
    from jobs.land import land

    report = land(settings)
    if report.failures or report.rejected:
        raise RuntimeError(f"采集失败：{report}")
    return {}


def _refine(settings: Settings) -> dict[str, Any]:
    from jobs.refine import refine

    report = refine(settings)
    if report.held:
        raise RuntimeError(f"核验未通过：{report.held}")
    return {}


def _build(settings: Settings) -> dict[str, Any]:
    from jobs.build import build

    report = build(settings, only=(MART,))
    if report.failures:
        raise RuntimeError(f"主题表核验未通过：{report.failures}")
    return {r.mart: {"seconds": r.seconds, "rows": r.rows} for r in report.marts}


if __name__ == "__main__":
    main()
