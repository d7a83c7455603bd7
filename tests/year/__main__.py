"""`python -m tests.year [--seed N] [--nights N] [--spark N …]`: a year of nights again, of the seed that failed."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.jobs.few import marts_of
from tests.year.night import MARTS, SPARK, Differs, Year


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.year", description="一年的夜：模拟，与应当生效的逐夜核对")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--nights", type=int, default=365)
    parser.add_argument("--spark", type=int, nargs="*", default=SPARK, help="用 Spark 计算并发布的那几夜")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="guozi-year-") as folder, marts_of(Path(folder) / "few", *MARTS):
        year = Year(Path(folder) / "var", given.seed, given.spark)
        for number in range(1, given.nights + 1):
            try:
                year.night(number)
            except Differs as differences:
                print(differences, file=sys.stderr)
                return 1
    print(f"种子 {given.seed}：{given.nights} 夜，{len(year.model.received)} 份报送，其中 {year.kills} 夜中途被终止，处处相符")
    return 0


if __name__ == "__main__":
    sys.exit(main())
