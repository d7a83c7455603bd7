"""A driver that builds one mart and publishes it, for `test_lease`; with `sleep` it stops itself at the worst moment, when it
has just been told that it may commit.
"""

import os
import signal
import sys
from collections.abc import Mapping

from catalog.ledger.ledger import Ledger
from catalog.progress import silent
from catalog.settings import Settings, load_settings
from commands.failure import tell
from jobs.build import Run
from jobs.keeper import Audited
from jobs.known import Known
from jobs.lease import lease
from jobs.publish import publish


class Sleeper(Audited):
    def signature(self) -> Mapping[str, str]:
        told = super().signature()
        os.kill(os.getpid(), signal.SIGSTOP)
        return told


def _drive(settings: Settings, keeper: type[Audited]) -> None:
    ledger = Ledger.open(settings)
    with lease(settings, ledger) as fence:
        Run(settings, Known.read(ledger, settings.today), keeper(settings, ledger, fence), silent, ["statement"]).all()
    ledger.close()
    publish(settings)


try:
    _drive(load_settings(), Sleeper if "sleep" in sys.argv else Audited)
except Exception as problem:
    sys.exit(tell(problem))
