"""A night without Spark, for `test_kill` and `test_together`: one mart stands in for the build, since only its release is at stake.

With `intake` it ends before that; with `stop` it is stopped at its failpoint instead of killed, and goes on once it is woken.
"""

import os
import signal
import sys
from functools import partial

from catalog.ledger.ledger import Ledger
from catalog.settings import load_settings
from commands.failure import tell
from jobs.land import land
from jobs.publish import publish
from jobs.refine import refine
from tests.jobs.stand_in import built

if "stop" in sys.argv:
    os.kill = partial(lambda kill, process, _signal: kill(process, signal.SIGSTOP), os.kill)
settings = load_settings()
try:
    land(settings)
    refine(settings)
except Exception as problem:
    sys.exit(tell(problem))
if "intake" not in sys.argv:
    ledger = Ledger.open(settings)
    there = bool(ledger.marts())
    ledger.close()
    if not there:
        built(settings, "statement", 1)
    publish(settings)
