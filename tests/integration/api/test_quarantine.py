"""What could not be read, through the API: listed as Xero sent it, and read again."""

from procrastinate.contrib.django.models import ProcrastinateJob

from counterfoil.mirror.models import Organisation, Quarantined
from tests.integration.api.conftest import Program
from tests.integration.api.test_entry import problem
from tests.integration.web.firms import NOW, Firm


def put_away(firm: Firm, organisation: Organisation, stream: str, xero_id: str) -> Quarantined:
    with firm.inside():
        return Quarantined.objects.create(
            organisation=organisation, workspace=firm.workspace, stream=stream, xero_id=xero_id,
            digest=f"{stream} {xero_id}".encode(), raw='{"Odd": 1}', problem="A name is missing",
            seen_at=NOW,
        )  # fmt: skip


def list_asked() -> list[tuple[str, list[str]]]:
    jobs = ProcrastinateJob.objects.filter(task_name="read_again").order_by("pk")
    return [(one.args["stream"], one.args["xero_ids"]) for one in jobs]


def test_one_record_is_read_again_and_then_all(
    firm: Firm, organisation: Organisation, program: Program
) -> None:
    contact = put_away(firm, organisation, "Contacts", "c1")
    put_away(firm, organisation, "Invoices", "i1")
    home = f"organisations/{organisation.pk}/quarantine"

    [listed] = program.get(f"{home}?stream=Contacts").json()["data"]
    one = program.post(f"{home}/{contact.pk}/read-again")
    asked_of_one = list_asked()
    everything = program.post(f"{home}/read-again")

    assert (listed["record_id"], listed["raw"]) == ("c1", '{"Odd": 1}')
    assert listed == program.get(f"{home}/{contact.pk}").json()
    assert (one.status_code, one.json(), everything.json()) == (202, {"records": 1}, {"records": 2})
    assert asked_of_one == [("Contacts", ["c1"])]
    assert list_asked()[1:] == [("Contacts", ["c1"]), ("Invoices", ["i1"])]


def test_what_has_no_id_or_was_settled_is_not_asked_for(
    firm: Firm, organisation: Organisation, program: Program
) -> None:
    nameless, settled = (put_away(firm, organisation, "Contacts", xero_id) for xero_id in ("", "c1"))
    with firm.inside():
        Quarantined.objects.filter(pk=settled.pk).update(settled_at=NOW)
    home = f"organisations/{organisation.pk}/quarantine"

    told = problem(program.post(f"{home}/{nameless.pk}/read-again"))
    gone = problem(program.post(f"{home}/{settled.pk}/read-again"))
    everything = program.post(f"{home}/read-again")

    assert (told["type"], gone["type"]) == ("/api/#not-possible-now", "/api/#not-found")
    assert everything.json() == {"records": 0}
    assert [one["id"] for one in program.get(home).json()["data"]] == [nameless.pk]
    assert list_asked() == []


def test_a_long_quarantine_is_walked_page_by_page(
    firm: Firm, organisation: Organisation, program: Program
) -> None:
    made = [put_away(firm, organisation, "Items", f"i{number}").pk for number in range(60)]
    seen: list[int] = []
    cursor: str | None = ""

    while cursor is not None:
        page = program.get(f"organisations/{organisation.pk}/quarantine?cursor={cursor}").json()
        seen += [one["id"] for one in page["data"]]
        cursor = page["next_cursor"]

    assert seen == made[::-1]
