"""The page that proves the copy: what it came to, what it comes to now, and how it came to it (issue 4)."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from counterfoil.domain.proof import Cause, Finding, Proof, Reason
from counterfoil.features.connections.verifying import verify
from counterfoil.mirror.models import Invoice, Organisation, Run, Verification
from counterfoil.sync import verdicts
from counterfoil.sync.engine import sync_organisation
from tests.integration.web.conftest import Xero
from tests.integration.web.firms import Firm, make_firm, make_organisation
from tests.integration.web.test_connecting import connect


@pytest.fixture
def firm(transactional_db: None) -> Firm:
    """A firm whose rows the threads of a comparison can see."""
    return make_firm()


def text_of(firm: Firm, path: str = "/activity/proof/") -> str:
    answer = firm.client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def compare(firm: Firm, organisation: Organisation) -> Verification:
    """Press the button, and do what the worker does."""
    answer = firm.client.post(f"/o/{organisation.pk}/compare-now/")
    assert answer.status_code == 302
    with firm.inside():
        wish = Verification.objects.latest("asked_at")
    verify(verification_id=wish.pk, by_person=True)
    with firm.inside():
        return Verification.objects.get(pk=wish.pk)


def keep(firm: Firm, organisation: Organisation, *findings: Finding) -> Verification:
    """Keep a verdict as if it had been found."""
    with firm.inside():
        wish = verdicts.ask(organisation, reason="by hand", now=timezone.now())
    proof = Proof(findings)
    verdicts._keep(wish, proof, timezone.now())
    return wish


def invoices(here: int, xero: int) -> Finding:
    causes = (Cause(Reason.UNEXPLAINED, Decimal(here - xero)),) if here != xero else ()
    return Finding("Records", "Invoices and bills", "", Decimal(here), Decimal(xero), causes)


def test_the_page_compares_only_when_asked(firm: Firm) -> None:
    make_organisation(firm)

    page = text_of(firm)

    assert "Compare now" in page
    assert "figures compared" not in page


def test_asking_answers_at_once_and_the_page_shows_that_it_goes_on(firm: Firm) -> None:
    organisation = make_organisation(firm)

    for _ in range(2):
        answer = firm.client.post(f"/o/{organisation.pk}/compare-now/")

    page = text_of(firm)
    with firm.inside():
        (wish,) = Verification.objects.all()
    assert answer.headers["Location"] == f"/o/{organisation.pk}/activity/proof/"
    assert (wish.state, wish.asked_by) == ("waiting", firm.user.email)
    assert "The comparison is about to start" in page
    assert "You can leave this page; it goes on." in page


def test_the_fragment_says_what_is_compared_now_and_fetches_the_page_at_the_end(firm: Firm) -> None:
    organisation = make_organisation(firm)
    with firm.inside():
        wish = verdicts.ask(organisation, reason="by hand", now=timezone.now())
        Verification.objects.update(state="running", part="Payments", parts_done=7, parts_total=25, calls=8)
    address, htmx = f"/o/{organisation.pk}/comparing/", {"HX-Request": "true"}

    during = " ".join(firm.client.get(address, headers=htmx).content.decode().split())
    with firm.inside():
        Verification.objects.filter(pk=wish.pk).update(state="done")
    after = firm.client.get(address, headers=htmx)

    assert "Payments · 7 of 25 parts · 8 calls" in during
    assert after.headers["HX-Refresh"] == "true"


def test_the_page_shows_that_a_fresh_copy_agrees(firm: Firm, xero: Xero) -> None:
    organisation = connect(firm, xero)
    sync_organisation(organisation.pk, kind=Run.Kind.FULL, reason="test", now=timezone.now)

    kept = compare(firm, organisation)

    page = text_of(firm, f"/o/{organisation.pk}/activity/proof/")
    assert kept.verdict in ("equal", "explained")
    assert "The copy agrees with Xero: " in page
    assert f"by hand by {firm.user.email} · {kept.calls} calls" in page


def test_the_page_names_the_record_that_is_wrong(firm: Firm, xero: Xero) -> None:
    organisation = connect(firm, xero)
    sync_organisation(organisation.pk, kind=Run.Kind.FULL, reason="test", now=timezone.now)
    with firm.inside():
        invoice = Invoice.objects.filter(status="AUTHORISED", currency="GBP", amount_due__gt=0)[0]
        wrong = invoice.amount_due + Decimal("7.25")
        Invoice.objects.filter(xero_id=invoice.xero_id).update(amount_due=wrong)

    compare(firm, organisation)

    page = text_of(firm)
    assert "The copy does not agree with Xero: " in page
    assert "7.25 unexplained" in page
    assert f">{invoice.number}</a>: here {wrong:,.2f}, in Xero {invoice.amount_due:,.2f}" in page


def test_the_page_says_why_nothing_was_compared(firm: Firm, xero: Xero) -> None:
    organisation = connect(firm, xero)

    kept = compare(firm, organisation)

    assert kept.state == "failed"
    assert "This organisation has not been copied in full yet. Sync it first." in text_of(firm)


def test_the_page_says_what_is_different_from_the_comparison_before(firm: Firm) -> None:
    organisation = make_organisation(firm)
    first = keep(firm, organisation, invoices(100, 100))
    keep(firm, organisation, invoices(99, 100))

    latest, earlier = text_of(firm), text_of(firm, f"/activity/proof/?at={first.pk}")

    assert "What is different from the comparison before" in latest
    assert "Differs now: −1" in latest
    assert "The copy agrees with Xero: 1 figure compared" in earlier
    assert "Back to the latest comparison" in earlier


def test_a_comparison_of_another_firm_does_not_exist(firm: Firm) -> None:
    stranger = make_firm("Another firm")
    theirs = keep(stranger, make_organisation(stranger, "Their client"), invoices(1, 1))
    make_organisation(firm)

    answer = firm.client.get(f"/activity/proof/?at={theirs.pk}")

    assert answer.status_code == 404


def test_the_page_asks_as_few_questions_however_much_differs(firm: Firm) -> None:
    organisation = make_organisation(firm)
    asked = []

    for count in (2, 6):  # how many comparisons there are, and figures that differ in each
        while len(verdicts_of(firm)) < count:
            keep(firm, organisation, *[invoices(99 - number, 100) for number in range(count)])
        with CaptureQueriesContext(connection) as questions:
            text_of(firm, f"/o/{organisation.pk}/activity/proof/")
        asked.append(len(questions))

    assert asked[0] == asked[1]


def verdicts_of(firm: Firm) -> list[Verification]:
    with firm.inside():
        return list(Verification.objects.all())
