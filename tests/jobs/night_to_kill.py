"""A night without Spark, for `test_kill`: one mart stands in for the build, since only its release is at stake."""

from catalog.ledger.ledger import Ledger
from catalog.settings import load_settings
from jobs.land import land
from jobs.publish import publish
from jobs.refine import refine
from tests.jobs.stand_in import built

settings = load_settings()
land(settings)
refine(settings)
ledger = Ledger.open(settings)
there = bool(ledger.marts())
ledger.close()
if not there:
    built(settings, "statement", 1)
publish(settings)
