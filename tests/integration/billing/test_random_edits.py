"""Whatever is agreed, changed and billed in whatever order: each day of service is billed exactly once."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counterfoil.domain.billing_calendar import Billed, Every
from counterfoil.domain.datekit import Period
from counterfoil.features.billing import agreeing
from counterfoil.features.billing.generating import generate
from counterfoil.features.billing.loading import load_terms
from counterfoil.features.billing.models import Agreement, AgreementLine, Pause, Service
from counterfoil.features.billing.planning import plan_agreement
from counterfoil.features.billing.refusing import NotPossible
from tests.integration.billing.conftest import Office
from tests.integration.web.firms import NOW

START = date(2024, 1, 15)
SPAN = 150

_days = st.integers(0, SPAN).map(lambda number: START + timedelta(days=number))
_edits = st.one_of(
    st.tuples(st.just("price"), _days, st.sampled_from(["100", "333.33", "0", "1000.01"])),
    st.tuples(st.just("pause"), _days, st.integers(0, 40)),
    st.tuples(st.just("resume"), _days),
    st.tuples(st.just("end"), st.none() | _days),
    st.tuples(st.just("run"), _days),
)


def perform(office: Office, agreement: Agreement, line: AgreementLine, edit: tuple[object, ...]) -> None:
    """Do one thing to an agreement, as a person or a run would; what is refused changes nothing."""
    by: dict[str, Any] = {"by": office.firm.user, "now": NOW}
    match edit:
        case ("price", date() as since, str() as amount):
            agreeing.change_price(line, since=since, amount=Decimal(amount), **by)
        case ("pause", date() as first, int() as more):
            agreeing.pause(agreement, first_day=first, last_day=first + timedelta(days=more), why="", **by)
        case ("resume", date() as day):
            for pause in Pause.objects.filter(agreement=agreement)[:1]:
                agreeing.resume(pause, on=day, **by)
        case ("end", last_day):
            assert last_day is None or isinstance(last_day, date)
            agreeing.end(agreement, last_day=last_day, **by)
        case ("run", date() as day):
            generate(office.run(START, day), now=NOW)


def list_days(stretches: Iterable[Period]) -> list[date]:
    return sorted(
        one.start + timedelta(days=number)
        for one in stretches
        for number in range((one.end - one.start).days)
    )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    edits=st.lists(_edits, min_size=2, max_size=8),
    every=st.sampled_from([Every.MONTH, Every.WEEK]),
    billed=st.sampled_from(list(Billed)),
)
def test_each_day_is_billed_once_and_sums_agree_after_any_accepted_edits(
    office: Office, edits: list[tuple[object, ...]], every: Every, billed: Billed
) -> None:
    with transaction.atomic():
        agreement = office.agree(every=every.value, billed=billed.value, anchor=START, starts_on=START)
        line = agreement.lines.get()
        for edit in edits:
            with suppress(NotPossible):
                perform(office, agreement, line, edit)
        until = START + timedelta(days=SPAN + 60)
        generate(office.run(START, until - timedelta(days=1)), now=NOW)

        services = list(Service.objects.filter(line=line))
        [terms] = load_terms([Agreement.objects.get(pk=agreement.pk)], until=until)
        afresh = [
            service
            for invoice in plan_agreement(replace(terms, billed={}), until=until)
            for service in invoice.services
        ]

        served = list_days(one.days for one in afresh)
        assert list_days(Period(one.start, one.end) for one in services) == served
        assert len(set(served)) == len(served)
        assert sum(one.amount for one in services) == sum(one.amount for one in afresh)
        transaction.set_rollback(True)
