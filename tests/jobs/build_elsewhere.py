"""A build in a process of its own, for `test_cluster`, of the marts named and what they are computed from.

Every table of silver, however small, is read by the executors from the lake, as a city's large ones are.
"""

import sys

from catalog.settings import load_settings
from jobs import lake
from jobs.build import build

if __name__ == "__main__":
    lake.SMALL = 0
    build(load_settings(), only=sys.argv[1:])
