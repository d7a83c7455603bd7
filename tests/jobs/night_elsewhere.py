"""A night in a process of its own, for `test_cluster`: of the marts named and what they are computed from; of all where none is."""

import sys
import tempfile
from pathlib import Path

from catalog.settings import load_settings
from jobs.night import night
from tests.jobs.few import marts_of

if __name__ == "__main__":
    if names := sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder, marts_of(Path(folder) / "few", *names):
            night(load_settings())
    else:
        night(load_settings())
