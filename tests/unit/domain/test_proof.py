"""Differences are explained to the cent, and never explained away."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from counterfoil.domain.proof import (
    Cause,
    Evidence,
    Finding,
    Leeway,
    Proof,
    Reason,
    Verdict,
    compare,
    merge_causes,
)

amounts = st.integers(-(10**9), 10**9).map(lambda cents: Decimal(cents).scaleb(-2))
reasons = st.sampled_from([reason for reason in Reason if reason is not Reason.UNEXPLAINED])
causes = st.lists(st.builds(Cause, reasons, amounts), max_size=4)
leeways = st.lists(st.builds(Leeway, reasons, amounts.map(abs)), max_size=2)


def figure(here: str, xero: str, currency: str = "GBP") -> Finding:
    return Finding("contacts", "Kōwhai Builders", currency, Decimal(here), Decimal(xero))


def test_compare_finds_nothing_when_the_figures_are_equal() -> None:
    compared = compare(figure("100.00", "100.00"), possible=[Cause(Reason.CREDITS, Decimal(-5))])

    assert compared == figure("100.00", "100.00")
    assert compared.is_equal


def test_compare_says_unexplained_when_nothing_accounts_for_a_cent() -> None:
    compared = compare(figure("100.01", "100.00"))

    assert compared.causes == (Cause(Reason.UNEXPLAINED, Decimal("0.01")),)
    assert not compared.is_explained


def test_compare_takes_a_possible_cause_whole_or_not_at_all() -> None:
    credit = Cause(Reason.CREDITS, Decimal(-20))

    whole, part = (compare(figure(here, "100.00"), possible=[credit]) for here in ("80.00", "80.01"))

    assert whole.causes == (credit,)
    assert part.causes == (Cause(Reason.UNEXPLAINED, Decimal("-19.99")),)


def test_compare_counts_what_was_found_before_it_looks_for_more() -> None:
    #   here 130.00, Xero 100.00: a changed invoice +50.00, credits -20.00
    record = Evidence("Invoices", "1", "INV-0001", Decimal(150), Decimal(100))
    changed = Cause(Reason.TIMING, Decimal(50), (record,))
    credit = Cause(Reason.CREDITS, Decimal(-20))

    compared = compare(figure("130.00", "100.00"), found=[changed], possible=[credit])

    assert compared.causes == (changed, credit)


def test_compare_names_currency_only_up_to_its_most() -> None:
    gains = Leeway(Reason.CURRENCY, Decimal(10))

    within, beyond = (compare(figure(here, "100.00"), leeways=[gains]) for here in ("110.00", "110.01"))

    assert within.causes == (Cause(Reason.CURRENCY, Decimal(10)),)
    assert beyond.causes == (Cause(Reason.UNEXPLAINED, Decimal("10.01")),)


@given(amounts, amounts, causes, causes, leeways)
def test_causes_always_add_up_to_the_difference(
    here: Decimal, xero: Decimal, found: list[Cause], possible: list[Cause], room: list[Leeway]
) -> None:
    start = Finding("contacts", "Anyone", "GBP", here, xero)

    compared = compare(start, found=found, possible=possible, leeways=room)

    assert sum((cause.amount for cause in compared.causes), Decimal(0)) == here - xero
    assert (compared.here, compared.xero) == (here, xero)


@given(amounts, amounts.filter(bool), causes, leeways)
def test_an_error_is_never_hidden_by_more_than_the_leeways(
    xero: Decimal, error: Decimal, possible: list[Cause], room: list[Leeway]
) -> None:
    compared = compare(
        Finding("contacts", "Anyone", "GBP", xero + error, xero), possible=possible, leeways=room
    )

    most = max((leeway.most for leeway in room), default=Decimal(0))
    reachable = {Decimal(0)}
    for cause in possible:
        reachable |= {amount + cause.amount for amount in reachable}
    can_be_explained = any(abs(error - amount) <= most for amount in reachable)
    assert compared.is_explained == can_be_explained


@given(causes)
def test_merging_keeps_the_sum_and_every_record(some: list[Cause]) -> None:
    merged = merge_causes(some)

    assert sum(cause.amount for cause in merged) == sum(cause.amount for cause in some)
    assert {cause.reason for cause in merged} == {cause.reason for cause in some}


def test_the_verdict_is_that_of_the_worst_figure() -> None:
    equal = figure("1", "1")
    named = compare(figure("1", "3"), possible=[Cause(Reason.CREDITS, Decimal(-2))])
    unnamed = compare(figure("1", "3"))

    assert [Proof(each).verdict for each in ((equal,), (equal, named), (equal, named, unnamed))] == [
        Verdict.EQUAL,
        Verdict.EXPLAINED,
        Verdict.UNEXPLAINED,
    ]
    assert [Proof(each).sentence for each in ((equal,), (equal, named), (equal, named, unnamed))] == [
        "The copy agrees with Xero: 1 figure compared, all equal to the cent.",
        "The copy agrees with Xero: 2 figures compared, 1 differs for reasons that are named.",
        "The copy does not agree with Xero: 3 figures compared, 1 differs without an explanation.",
    ]
