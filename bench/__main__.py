"""`python -m bench [section …]`: a table a section, all of them in `build/bench.json`. Results are compared before times."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bench.options import Differs, Options

SECTIONS = ("night", "second", "bulk", "growth", "query", "nights")
OUT = Path("build/bench.json")


def main(arguments: Sequence[str] | None = None) -> int:
    names, options = _asked(arguments)
    console = Console()
    said = json.loads(OUT.read_text(encoding="utf-8")) if OUT.exists() else {}
    with tempfile.TemporaryDirectory(prefix="guozi-bench-") as folder:
        for name in names:
            section = importlib.import_module(f"bench.sections.{name}")
            try:
                said[name] = section.measure(options, Path(folder))
            except Differs as differences:
                print(f"{name}：{differences}", file=sys.stderr)
                return 1
            for table in section.tables(said[name]):
                console.print(table)
            OUT.parent.mkdir(parents=True, exist_ok=True)
            OUT.write_text(json.dumps(said, ensure_ascii=False, indent=2), encoding="utf-8")
    console.print(f"明细在 {OUT}")
    return 0


def _asked(arguments: Sequence[str] | None) -> tuple[Sequence[str], Options]:
    default = Options()
    parser = argparse.ArgumentParser(prog="python -m bench", description="测速：不写段名时全部测")
    parser.add_argument("sections", nargs="*", metavar="段", help="、".join(SECTIONS))
    parser.add_argument("--city", default=default.city, help="样例城市的规模")
    parser.add_argument("--domains", nargs="+", default=default.domains, help="样例城市报送的业务领域，不写时全部")
    parser.add_argument("--rows", type=int, default=default.rows, help="bulk 的付款笔数")
    parser.add_argument("--growth", type=int, nargs="+", default=default.growth, help="growth 各步的付款笔数")
    parser.add_argument("--seed", type=int, default=default.seed)
    given = parser.parse_args(arguments)
    unknown = [name for name in given.sections if name not in SECTIONS]
    if unknown:
        parser.error(f"没有“{unknown[0]}”这一段；可选：{'、'.join(SECTIONS)}")
    return given.sections or SECTIONS, Options(
        given.city, tuple(given.domains), given.rows, tuple(given.growth), given.seed
    )


if __name__ == "__main__":
    sys.exit(main())
