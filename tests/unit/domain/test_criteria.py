"""What a rule asks, and which of several decides."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.domain.criteria import Criteria, RuleBook, Spent

LINE = Spent(
    contact_id="nimbus",
    account_code="429",
    description="Hosting,  Zürich",
    reference="PO-7",
    tracking=("North",),
    bank_account_id="card",
    amount=Decimal(-50),
    day=date(2026, 6, 30),
)


@pytest.mark.parametrize(
    "asked",
    [
        {"contact_id": "nimbus"},
        {"account_code": "429", "bank_account_id": "card"},
        {"description": "hosting, zurich"},
        {"reference": "po-7"},
        {"tracking_option": "NORTH"},
        {"least": Decimal(50), "most": Decimal(50)},
        {"since": date(2026, 6, 30), "until": date(2026, 6, 30)},
    ],
)
def test_a_line_fits_what_it_is(asked: dict[str, object]) -> None:
    assert Criteria(**asked).fits(LINE)  # type: ignore[arg-type]  # spelled in the table


@pytest.mark.parametrize(
    "asked",
    [
        {"contact_id": "other"},
        {"account_code": "42"},
        {"bank_account_id": "bank"},
        {"description": "hosted"},
        {"reference": "PO-8"},
        {"tracking_option": "Nor"},
        {"least": Decimal("50.01")},
        {"most": Decimal("49.99")},
        {"since": date(2026, 7, 1)},
        {"until": date(2026, 6, 29)},
    ],
)
def test_a_line_fits_nothing_that_it_is_not(asked: dict[str, object]) -> None:
    assert not Criteria(**asked).fits(LINE)  # type: ignore[arg-type]  # spelled in the table


_names = st.sampled_from(["", "a", "b"])
_words = st.text(alphabet="abÀ ", max_size=5)
_amounts = st.decimals(0, 9, places=0)
_criteria = st.builds(
    Criteria,
    contact_id=_names,
    account_code=_names,
    description=_words,
    reference=_words,
    least=st.none() | _amounts,
)
_spent = st.builds(
    Spent,
    contact_id=_names,
    account_code=_names,
    description=_words.map("xab {}".format),
    reference=_words,
    tracking=st.just(()),
    amount=_amounts,
    day=st.just(date(2026, 6, 30)),
)


@given(st.lists(_criteria, max_size=12), st.lists(_spent, min_size=1, max_size=3))
def test_the_book_finds_what_asking_one_rule_after_the_other_finds(
    rules: list[Criteria], lines: list[Spent]
) -> None:
    expected = [next((place for place, rule in enumerate(rules) if rule.fits(line)), None) for line in lines]
    book = RuleBook.of((rule, place) for place, rule in enumerate(rules))

    assert [book.find(line) for line in lines] == expected
