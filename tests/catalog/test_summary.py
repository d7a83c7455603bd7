"""What `guozi status` counts."""

from catalog.ledger.ledger import Ledger
from catalog.settings import Settings
from catalog.summary import summarise
from tests.catalog.ledger.conftest import Sender


def test_what_stands_and_waits_for_its_group_is_counted_where_the_contract_wants_a_review(settings: Settings) -> None:
    settings.home.mkdir(parents=True)
    ledger = Ledger.open(settings)
    try:
        annual, monthly = Sender(ledger, "annual_finance", "2024"), Sender(ledger)
        receipt = annual.send({"A": "one", "B": "one"})
        annual.night()
        monthly.numbers = annual.numbers
        monthly.send({"A": "two"})
        monthly.night()
        assert summarise(settings).unreviewed == 2
        ledger.decide(receipt, "review", "集团财务部", "已核对")
        assert summarise(settings).unreviewed == 0
    finally:
        ledger.close()
