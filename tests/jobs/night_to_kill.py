"""A night without Spark, for `test_kill`: one mart stands in for the build, since only its release is at stake."""

from catalog.ledger.ledger import Ledger
from catalog.ledger.values import MartVersion
from catalog.settings import load_settings
from jobs.land import land
from jobs.publish import publish
from jobs.refine import refine

settings = load_settings()
land(settings)
refine(settings)
ledger = Ledger.open(settings)
if not ledger.marts():
    ledger.set_mart(MartVersion("statement", "f", 1, 3, "h", "audited", 1, "2025-05-20"))
publish(settings)
