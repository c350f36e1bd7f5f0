"""Comparisons with Xero and pins through the API."""

from decimal import Decimal

from counterfoil.domain.proof import Cause, Finding, Proof, Reason
from counterfoil.features.clients.models import Pin
from counterfoil.mirror.models import Organisation, Verification
from counterfoil.sync import verdicts
from tests.integration.api.conftest import Program
from tests.integration.web.firms import NOW, Firm, make_invoice


def test_a_comparison_is_asked_for_once_and_shown_with_every_figure_that_differs(
    firm: Firm, organisation: Organisation, program: Program
) -> None:
    home = f"organisations/{organisation.pk}/verifications"
    asked = program.post(home)
    again = program.post(home).json()
    causes = (Cause(Reason.UNEXPLAINED, Decimal("2.50")),)
    findings = (
        Finding("Records", "Invoices", "", Decimal(3), Decimal(3)),
        Finding("Balances", "Kowhai", "GBP", Decimal("12.50"), Decimal(10), causes),
    )
    with firm.inside():
        verdicts._keep(Verification.objects.get(), Proof(findings), NOW)

    shown = program.get(f"{home}/{again['id']}").json()

    assert (asked.status_code, asked.json()) == (202, again)
    assert (shown["state"], shown["verdict"], shown["compared"]) == ("done", "unexplained", 2)
    [different] = shown["different"]
    assert (different["here"], different["xero"]) == ("12.50", "10")
    assert [(one["reason"], one["amount"]) for one in different["causes"]] == [("unexplained", "2.50")]
    assert [one["id"] for one in program.get(home).json()["data"]] == [again["id"]]


def test_documents_are_pinned_and_the_pins_taken_away(
    firm: Firm, organisation: Organisation, program: Program
) -> None:
    invoice = make_invoice(firm, organisation)
    home, chosen = f"organisations/{organisation.pk}/pins", {"documents": [invoice.xero_id, "odd"]}

    pinned = [program.post(home, chosen).json() for _ in range(2)]
    with firm.inside():
        kept = list(Pin.objects.values_list("document_id", flat=True))
    taken = program.post(f"{home}/remove", chosen).json()

    assert (pinned, kept) == ([{"documents": 1}, {"documents": 0}], [invoice.xero_id])
    assert taken == {"documents": 1}
