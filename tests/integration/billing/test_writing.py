"""What a planned invoice says as a draft (issue 8)."""

from counterfoil.features.billing import generating
from tests.integration.billing.conftest import Office
from tests.integration.web.firms import NOW


def test_a_reference_that_lacks_a_value_stops_no_other_invoice_and_says_so(office: Office) -> None:
    office.agree("Care", reference="Order {po}")
    office.agree("Hosting", "40.50")

    generated = generating.generate(office.run(), now=NOW)

    assert [(one.draft.reference if one.draft else None, one.problem) for one in generated.invoices] == [
        (
            "",
            "The reference: There is no value for {po}. Give one, or write what to say without: {po|…}.",
        ),
        ("Care June 2026", ""),
    ]
