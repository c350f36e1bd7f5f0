"""Clients, people, deals and contacts that wait to be known, through the API: as on pages."""

from counterfoil.features.clients.models import DealDocument, Link
from counterfoil.mirror.models import Organisation
from tests.integration.api.conftest import Program
from tests.integration.api.test_entry import problem
from tests.integration.web.firms import Firm, make_contact, make_firm, make_invoice


def test_a_client_is_added_changed_put_away_and_taken_out_again(
    firm: Firm, organisation: Organisation, program: Program
) -> None:
    new = {"name": "Rimu Ltd", "street": {"city": "Nelson"}, "tags": ["timber", " timber", "new"]}
    made = program.post("clients", {**new, "owner_id": firm.user.pk}).json()
    path = f"clients/{made['id']}"

    changed = program.post(path, {"fax": "09 1", "street": {"line_1": "1 Quay St"}, "owner_id": None}).json()
    archived = program.post(f"{path}/archive").json()
    restored = program.post(f"{path}/restore").json()

    assert (made["owner_id"], made["tags"]) == (firm.user.pk, ["timber", "new"])
    assert (changed["name"], changed["fax"], changed["owner_id"]) == ("Rimu Ltd", "09 1", None)
    assert (changed["street"]["city"], changed["street"]["line_1"]) == ("Nelson", "1 Quay St")
    assert archived["archived_at"] is not None
    assert restored == changed == program.get(path).json()


def test_what_no_client_can_be_is_named_and_changes_nothing(
    organisation: Organisation, program: Program
) -> None:
    stranger = make_firm("Another")
    first = program.post("clients", {"name": "Rimu Ltd", "number": "R-8"}).json()
    second = program.post("clients", {"name": "Kauri Ltd"}).json()

    assert problem(program.post(f"clients/{second['id']}", {"number": "R-8"}))["status"] == 422
    assert problem(program.post(f"clients/{second['id']}", {"email": "nobody"}))["status"] == 422
    assert problem(program.post("clients", {"name": "Miro", "owner_id": stranger.user.pk}))["status"] == 404
    assert [one["number"] for one in program.get("clients").json()["data"]] == ["", "R-8"]
    assert first["name"] == "Rimu Ltd"


def test_a_client_is_changed_only_as_it_was_seen(organisation: Organisation, program: Program) -> None:
    made = program.post("clients", {"name": "Rimu Ltd"}).json()
    path = f"clients/{made['id']}"
    mark = program.get(path).headers["ETag"]
    program.post(path, {"phone": "09 1"})

    refused = program.post(path, {"phone": "09 2"}, If_Match=mark)

    assert problem(refused)["type"] == "/api/#changed-since"
    assert program.get(path).json()["phone"] == "09 1"


def test_a_person_and_a_deal_are_added_and_changed(
    firm: Firm, organisation: Organisation, program: Program
) -> None:
    client = program.post("clients", {"name": "Rimu Ltd"}).json()
    person = program.post("people", {"client_id": client["id"], "name": "Hine"}).json()
    deal = program.post(
        "deals", {"client_id": client["id"], "name": "Roof", "value": "1200", "currency": "NZD"}
    ).json()

    person = program.post(f"people/{person['id']}", {"position": "Buyer"}).json()
    deal = program.post(f"deals/{deal['id']}", {"stage": "won", "value": None}).json()

    assert (person["name"], person["position"]) == ("Hine", "Buyer")
    assert (deal["stage"], deal["value"]) == ("won", None)


def test_documents_are_gathered_for_a_deal_and_released(
    firm: Firm, organisation: Organisation, program: Program
) -> None:
    contact = make_contact(firm, organisation)
    invoice = make_invoice(firm, organisation, contact_id=contact.xero_id)
    client = program.post("clients", {"name": "Rimu Ltd"}).json()
    deal = program.post("deals", {"client_id": client["id"], "name": "Roof"}).json()
    chosen = {"organisation_id": organisation.pk, "documents": [invoice.xero_id, "no such one"]}

    program.post(f"deals/{deal['id']}/gather", chosen)
    with firm.inside():
        gathered = list(DealDocument.objects.values_list("document_id", flat=True))
    program.post(f"deals/{deal['id']}/release", chosen)

    assert gathered == [invoice.xero_id]
    with firm.inside():
        assert not DealDocument.objects.exists()


def test_a_contact_that_waits_becomes_a_client_and_that_is_taken_back(
    firm: Firm, organisation: Organisation, program: Program
) -> None:
    contact = make_contact(firm, organisation)
    home = f"organisations/{organisation.pk}/unmatched"

    link = program.post(f"{home}/create", {"contact_id": contact.xero_id}).json()
    again = program.post(f"{home}/create", {"contact_id": contact.xero_id})
    taken_back = program.post(f"{home}/undo").json()
    skipped = program.post(f"{home}/skip", {"contacts": [contact.xero_id]}).json()

    assert link["contact_id"] == contact.xero_id
    assert problem(again)["type"] == "/api/#not-possible-now"
    assert taken_back["act"] != ""
    assert skipped == {"contacts": 1}
    with firm.inside():
        assert not Link.objects.exists()


def test_there_may_be_nothing_to_do_about_contacts(organisation: Organisation, program: Program) -> None:
    home = f"organisations/{organisation.pk}/unmatched"

    assert problem(program.post(f"{home}/undo"))["status"] == 409
    assert program.post(f"{home}/link-exact").json() == {"contacts": 0}
