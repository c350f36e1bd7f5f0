"""Mappings: set from what Xero has, tried on a sample, and copied to another organisation."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.features.invoicing.mapping import Meaning, map_service, read_mappings
from counterfoil.features.invoicing.models import Mapping
from counterfoil.features.workspaces.permissions import Role
from counterfoil.mirror.models import Account, Organisation
from tests.factories.copied import copy_books
from tests.integration.web.addresses import read_whole
from tests.integration.web.firms import NOW, Firm, make_firm, make_organisation
from tests.unit.xero_sandbox.conftest import SMALL, Xero


@pytest.fixture(scope="module")
def xeros() -> Iterator[list[Xero]]:
    """Two stand-ins: one in the United Kingdom, and one in Australia."""
    made = [Xero(SMALL), Xero(SMALL)]
    made[1].books = list(made[1].world.organisations.values())[1]
    for xero in made:
        xero.connect()
    yield made
    for xero in made:
        xero.client.close()


@dataclass
class Desk:
    """A firm with two organisations whose books are copied."""

    firm: Firm
    ours: Organisation
    other: Organisation

    def path(self, more: str = "", organisation: Organisation | None = None) -> str:
        return f"/o/{(organisation or self.ours).pk}/settings/mappings/{more}"

    def text(self, more: str = "") -> str:
        answer = self.firm.client.get(self.path(more))
        assert answer.status_code == 200
        return read_whole(answer)

    def save(self, more: str, **fields: object) -> str:
        answer = self.firm.client.post(self.path(more), fields)
        return read_whole(answer) if answer.status_code != 302 else ""

    def services(self, organisation: Organisation | None = None) -> dict[str, Meaning]:
        key = (organisation or self.ours).pk
        with self.firm.inside():
            return dict(read_mappings([key])[key].services)

    def account(self, code: str, organisation: Organisation | None = None) -> str:
        with self.firm.inside():
            return Account.objects.get(organisation=organisation or self.ours, code=code).xero_id


@pytest.fixture
def desk(db: None, xeros: list[Xero]) -> Desk:
    firm = make_firm()
    made = [make_organisation(firm, name) for name in ("Brightwater Studio Ltd", "Kookaburra Plumbing")]
    names = ("Accounts", "TaxRates", "TrackingCategories", "BrandingThemes", "Items")
    for organisation, xero in zip(made, xeros, strict=True):
        with firm.inside():
            copy_books(organisation, xero, *names)
    return Desk(firm, *made)


def test_a_service_is_mapped_by_what_is_typed_and_a_sample_goes_there(desk: Desk) -> None:
    """PAIN 8, X20: a code, a name or both find the record; 3 × 50.00 at 20 % is 180.00."""
    assert desk.save("edit/", name="Monthly fee", account="200", tax="20% (vat on income)") == ""

    page = desk.text("?sample=Monthly+fee&quantity=3&price=50")

    assert desk.services() == {"Monthly fee": Meaning(account_id=desk.account("200"), tax_type="OUTPUT2")}
    assert "150.00 · 30.00 · " in page
    assert "180.00 GBP" in page
    assert "Xero would take it." in page


def test_what_xero_does_not_have_is_refused_beside_the_field_and_nothing_is_lost(desk: Desk) -> None:
    page = desk.save("edit/", name="Monthly fee", account="200", tax="19% Umsatzsteuer")

    assert "There is no tax rate for sales “19% Umsatzsteuer” in use in Xero." in page
    assert 'value="Monthly fee"' in page
    assert 'value="19% Umsatzsteuer"' in page
    assert desk.services() == {}


def test_everything_else_stands_for_what_is_not_mapped(desk: Desk) -> None:
    desk.save("edit/?service=", account="200", tax="Zero Rated Income")

    page = desk.text("?sample=&quantity=1&price=10")

    assert desk.services() == {"": Meaning(account_id=desk.account("200"), tax_type="ZERORATEDOUTPUT")}
    assert "10.00 · 0.00 · " in page


def test_a_service_is_renamed_and_forgotten_and_two_do_not_share_a_name(desk: Desk) -> None:
    desk.save("edit/", name="Fee", account="200")
    desk.save("edit/?service=Fee", name="Monthly fee", account="200")
    desk.save("edit/", name="Payroll", account="200")

    assert "“Payroll” is mapped already" in desk.save(
        "edit/?service=Monthly+fee", name="Payroll", account="200"
    )
    assert "Give it a name" in desk.save("edit/", name=" ", account="200")
    desk.save("edit/?service=Payroll", act="forget")
    assert list(desk.services()) == ["Monthly fee"]


def test_an_account_that_was_archived_since_is_shown_as_not_in_use_and_stops_the_sample(desk: Desk) -> None:
    """PAIN 8: with Xero's own words, before anything is sent."""
    desk.save("edit/", name="Fee", account="200", tax="20% (VAT on Income)")
    with desk.firm.inside():
        Account.objects.filter(organisation=desk.ours, code="200").update(status="ARCHIVED")

    page = desk.text("?sample=Fee")

    assert "not in use" in page
    assert "has been archived, or has been deleted. Each line item must reference a valid account." in page


def test_mappings_are_copied_by_code_and_name_and_what_has_no_match_is_listed(desk: Desk) -> None:
    """PAIN 8. Account 200 is in both; the British tax rate is not in Australia. What is mapped stays."""
    desk.save("edit/", name="Fee", account="200", tax="20% (VAT on Income)")
    desk.save("edit/", name="Kept", account="200")
    with desk.firm.inside():
        kept = Meaning(account_id=desk.account("260", desk.other))
        map_service(desk.other, ours="Kept", meaning=kept, by=desk.firm.user, now=NOW)

    page = read_whole(desk.firm.client.post(desk.path("copy/", desk.other), {"source": desk.ours.pk}))

    copied = replace(Meaning(), account_id=desk.account("200", desk.other))
    assert desk.services(desk.other) == {"Fee": copied, "Kept": kept}
    assert "1 mapping taken over." in page
    assert "OUTPUT2" in page


def test_ways_to_pay_and_how_an_invoice_begins_are_kept(desk: Desk) -> None:
    desk.firm.client.post(
        desk.path("payments/"), {"method": ["", "Card", "Voucher"], "account": ["", "090", "no such"]}
    )
    assert desk.firm.client.get(desk.path()).status_code == 200
    with desk.firm.inside():
        assert not Mapping.objects.filter(kind="payment_account").exists()
    desk.save("payments/", method=["", "Card"], account=["", "090"])
    desk.save("choices/", amounts_are="Inclusive", decimals="4", due_days="14", theme="")

    page = desk.text()

    with desk.firm.inside():
        mapped = read_mappings([desk.ours.pk])[desk.ours.pk]
    assert mapped.find_payment_account("Card") == desk.account("090")
    assert '<option value="Inclusive" selected>' in page
    assert 'name="due_days" inputmode="numeric" value="14"' in page


def test_a_member_may_look_and_not_change(desk: Desk) -> None:
    """F2: Owners and Admins configure."""
    member = make_firm(role=Role.MEMBER)
    organisation = make_organisation(member)

    page = member.client.get(f"/o/{organisation.pk}/settings/mappings/")
    answer = member.client.post(f"/o/{organisation.pk}/settings/mappings/edit/", {"name": "Fee"})

    assert page.status_code == 200
    assert "Add a service" not in read_whole(page)
    assert answer.status_code == 403


def test_the_page_takes_as_many_queries_for_many_services_as_for_one(desk: Desk) -> None:
    counts = []
    for many in (1, 12):
        for place in range(many):
            desk.save("edit/", name=f"Service {many} {place}", account="200")
        with CaptureQueriesContext(connection) as queries:
            desk.text()
        counts.append(len(queries))

    assert counts[0] == counts[1]
