"""`guozi night` under the declarations of a folder, for `test_canary`."""

import sys
from pathlib import Path

from cli import main
from schemas.declared import read_from

if __name__ == "__main__":
    read_from(Path(sys.argv[1]))
    main(["night", *sys.argv[2:]])
