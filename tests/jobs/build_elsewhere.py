"""A build in a process of its own, for `test_cluster`, of the marts named and what they are computed from.

However few the rows, it is done as for a city's many: executors read silver from the lake, and a mart is spread over all of them.
"""

import sys

from catalog.settings import load_settings
from jobs import build, lake

if __name__ == "__main__":
    lake.SMALL, build.MANY = 0, 1
    build.build(load_settings(), only=sys.argv[1:])
