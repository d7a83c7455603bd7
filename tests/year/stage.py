"""One stage in a process of its own, to be killed: `python -m tests.year.stage land|refine|publish`."""

import sys

from catalog.settings import load_settings
from jobs.land import land
from jobs.publish import publish
from jobs.refine import refine

STAGES = {"land": land, "refine": refine, "publish": publish}

if __name__ == "__main__":
    STAGES[sys.argv[1]](load_settings())
