"""`python -m tests.jobs.limited <limit> <stage>`: a stage of the night in a process that the host limits. The limits are set by the
process itself and outlive its exec: a fork of the test run, which holds many gigabytes of addresses, may be refused.
"""

import ctypes
import os
import resource
import sys

_DROP_FROM_BOUNDING_SET, _OVERRIDE_PERMISSIONS = 24, 1  # of prctl, of capabilities
_SMALL = 48 * 1024


def full() -> None:
    """No file may grow beyond what a disk with no more room would let it: needs no mount, so no root."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (_SMALL, _SMALL))


def bound() -> None:
    """Permissions bind root too."""
    ctypes.CDLL(None, use_errno=True).prctl(_DROP_FROM_BOUNDING_SET, _OVERRIDE_PERMISSIONS, 0, 0, 0)


if __name__ == "__main__":
    {"full": full, "bound": bound}[sys.argv[1]]()
    os.execv(sys.executable, [sys.executable, "-m", "cli", sys.argv[2]])
