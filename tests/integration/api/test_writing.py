"""What programs do: the same as buttons do, under the same rules."""

from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from counterfoil.features.announcing.models import Event
from counterfoil.features.billing.models import Expense, TimeEntry
from counterfoil.features.clients.models import Link
from counterfoil.features.invoicing.models import InvoiceDraft
from counterfoil.mirror.models import Attempt, Connection, Operation
from tests.integration.api.conftest import Program
from tests.integration.api.test_entry import problem
from tests.integration.web.firms import NOW
from tests.integration.writing_firms import WritingFirm


def draft_of(office: WritingFirm) -> dict[str, Any]:
    line = {"description": "Care in June", "quantity": "3", "unit_amount": "19.99"}
    line |= {"account_code": "200", "tax_type": "OUTPUT2"}
    return {"contact_id": office.contact_id, "reference": "June", "date": "2026-06-30", "lines": [line]}


def test_a_draft_is_written_previewed_sent_and_approved(office: WritingFirm, worker: Program) -> None:
    home = f"organisations/{office.organisation.pk}"

    written = worker.post(f"{home}/drafts", draft_of(office))
    draft = written.json()
    seen = worker.get(f"{home}/drafts/{draft['id']}").json()
    sent = worker.post(f"{home}/drafts/{draft['id']}/send")
    approved = worker.post(f"{home}/outbox/approve", {"operations": [sent.json()["operation_id"]]})
    again = worker.post(f"{home}/outbox/approve", {"operations": [sent.json()["operation_id"]]})

    assert written.status_code == 201
    assert seen["sub_total"] == {"amount": "59.97", "currency": draft["total"]["currency"]}
    assert (seen["can_be_sent"], seen["findings"]) == (True, [])
    assert (sent.status_code, sent.json()["state"]) == (202, "waiting")
    assert approved.json() == {"moved": [sent.json()["operation_id"]], "others": []}
    assert again.json() == {"moved": [], "others": [sent.json()["operation_id"]]}
    with office.firm.inside():
        operation = Operation.objects.get()
        assert operation.state == "queued"
        assert ProcrastinateJob.objects.filter(task_name="push").exists()
    listed = worker.get(f"{home}/outbox/{operation.pk}").json()
    assert listed["steps"][0]["who"] == office.firm.user.email


def test_sending_a_draft_twice_with_one_key_puts_it_once_into_the_outbox(
    office: WritingFirm, worker: Program
) -> None:
    home = f"organisations/{office.organisation.pk}"
    made = [worker.post(f"{home}/drafts", draft_of(office), key="june") for _ in range(2)]
    path = f"{home}/drafts/{made[0].json()['id']}/send"

    sent = [worker.post(path, key="send-june") for _ in range(2)]

    assert made[0].content == made[1].content
    assert sent[0].content == sent[1].content
    with office.firm.inside():
        assert (InvoiceDraft.objects.count(), Operation.objects.count()) == (1, 1)


def test_what_may_not_be_written_says_why(office: WritingFirm, worker: Program) -> None:
    home = f"organisations/{office.organisation.pk}"
    draft = worker.post(f"{home}/drafts", draft_of(office)).json()
    with office.firm.inside():
        Connection.objects.update(mode="read_only")

    told = problem(worker.post(f"{home}/drafts/{draft['id']}/send"))

    assert told["type"] == "/api/#not-possible-now"
    assert "read-only" in str(told["detail"]).lower()


def test_a_write_is_held_with_a_reason_and_another_organisations_is_not_touched(
    office: WritingFirm, worker: Program
) -> None:
    home = f"organisations/{office.organisation.pk}"
    draft = worker.post(f"{home}/drafts", draft_of(office)).json()
    operation = worker.post(f"{home}/drafts/{draft['id']}/send").json()["operation_id"]

    wrong = worker.post(f"{home}/outbox/hold", {"operations": [operation, 999], "reason": "no"})
    blank = worker.post(f"{home}/outbox/hold", {"operations": [operation], "reason": "  "})
    held = worker.post(f"{home}/outbox/hold", {"operations": [operation], "reason": "wrong client"})

    assert (wrong.status_code, blank.status_code) == (404, 422)
    assert held.json()["moved"] == [operation]
    listed = worker.get(f"{home}/outbox?show=held").json()["data"]
    assert [one["sentence"] for one in listed] == ["wrong client"]


@pytest.mark.parametrize("number", ["1e3", "NaN", "1,5", "", "1.23456", "99999999999999", 1.5, None])
def test_amounts_are_digits_as_text(office: WritingFirm, worker: Program, number: object) -> None:
    body = {"client_id": office.customer.pk, "day": "2026-06-01", "description": "Ferry",
            "amount": number, "currency": "GBP"}  # fmt: skip

    answer = worker.post("expenses", body)

    assert problem(answer)["type"] == "/api/#not-valid"
    with office.firm.inside():
        assert not Expense.objects.exists()


def test_hours_and_expenses_are_entered(office: WritingFirm, worker: Program) -> None:
    hours = {"client_id": office.customer.pk, "day": "2026-06-01", "who": "Ana", "hours": "1.5"}
    expense = {"client_id": office.customer.pk, "day": "2026-06-01", "description": "Ferry",
               "amount": "12.5", "currency": "GBP"}  # fmt: skip

    entered = worker.post("time", hours)
    too_many = worker.post("time", hours | {"hours": "25"})
    paid = worker.post("expenses", expense)

    assert (entered.status_code, entered.json()["hours"]) == (201, "1.50")
    assert problem(too_many)["type"] == "/api/#not-valid"
    assert paid.json()["amount"] == {"amount": "12.50", "currency": "GBP"}
    with office.firm.inside():
        assert TimeEntry.objects.get().created_by == office.firm.user.email


def test_a_contact_is_linked_once_and_unlinked(office: WritingFirm, worker: Program) -> None:
    home = f"organisations/{office.organisation.pk}"
    with office.firm.inside():
        link = Link.objects.get()
    client = worker.post("clients", {"name": "Other Ltd"}).json()
    body = {"contact_id": office.contact_id, "client_id": client["id"]}

    taken = worker.post(f"{home}/links", body)
    gone = worker.post(f"{home}/links/{link.pk}/unlink")
    linked = worker.post(f"{home}/links", body)

    assert problem(taken)["type"] == "/api/#not-possible-now"
    assert (gone.status_code, gone.content) == (204, b"")
    assert linked.status_code == 201
    assert worker.get(f"{home}/links").json()["data"] == [linked.json()]


def test_a_month_is_billed_in_the_background(office: WritingFirm, worker: Program) -> None:
    home = f"organisations/{office.organisation.pk}"

    made = worker.post(f"{home}/billing-runs", {"up_to": "2026-06-30"}).json()

    assert (made["first_day"], made["last_day"], made["doing"]) == ("2026-06-01", "2026-06-30", "making")
    assert ProcrastinateJob.objects.filter(task_name="make_invoices").count() == 1


@pytest.mark.parametrize("report", ["profit-and-loss", "receivables", "profitability"])
def test_a_report_is_read(office: WritingFirm, worker: Program, report: str) -> None:
    told = worker.get(f"organisations/{office.organisation.pk}/reports/{report}?until=2026-06-01").json()

    assert {"sections", "owed", "rows"} & set(told)


def test_an_address_is_told_what_happens_until_that_is_ended(office: WritingFirm, worker: Program) -> None:
    wrong = worker.post("subscriptions", {"address": "http://x.example/", "kinds": ["write.done"]})
    body = {"address": "https://x.example/told", "kinds": ["write.done", "record.changed"]}
    made = worker.post("subscriptions", body)

    again = worker.get("subscriptions").json()["data"]
    ended = worker.post(f"subscriptions/{made.json()['id']}/end")

    assert problem(wrong)["type"] == "/api/#not-valid"
    assert made.json()["secret"].startswith("cfs_")
    assert again == [{name: value for name, value in made.json().items() if name != "secret"}]
    assert ended.status_code == 204
    assert worker.get("subscriptions").json()["data"] == []


def test_what_an_address_was_told_is_told_again_and_it_can_be_switched_off(
    office: WritingFirm, worker: Program
) -> None:
    body = {"address": "https://x.example/told", "kinds": ["write.waiting"]}
    path = f"subscriptions/{worker.post('subscriptions', body).json()['id']}"
    draft = worker.post(f"organisations/{office.organisation.pk}/drafts", draft_of(office)).json()
    worker.post(f"organisations/{office.organisation.pk}/drafts/{draft['id']}/send")
    with office.firm.inside():
        Event.objects.update(sent_at=NOW)

    replayed = worker.post(f"{path}/replay", {"since": "2020-01-01T00:00:00Z"})
    tried = worker.post(f"{path}/test")
    waiting = worker.get(path).json()["waiting"]
    off = worker.post(f"{path}/switch", {"is_on": False}).json()

    assert (replayed.status_code, replayed.json()) == (202, {"events": 1})
    assert (tried.status_code, waiting, off["is_on"]) == (202, 2, False)


@pytest.mark.parametrize(("is_there", "state"), [(True, "done"), (False, "queued")])
def test_a_write_that_nobody_knows_about_is_settled_by_whoever_looked(
    office: WritingFirm, worker: Program, is_there: bool, state: str
) -> None:
    home = f"organisations/{office.organisation.pk}"
    draft = worker.post(f"{home}/drafts", draft_of(office)).json()
    sent = worker.post(f"{home}/drafts/{draft['id']}/send").json()
    path = f"{home}/outbox/{sent['operation_id']}"
    known = worker.post(f"{path}/settle", {"is_there": is_there})
    with office.firm.inside():
        attempt = Attempt.objects.create(
            organisation=office.organisation, workspace=office.firm.workspace, kind="invoice_new", key="k",
            started_at=NOW,
        )  # fmt: skip
        Operation.objects.update(
            state="unknown", attempt=attempt, next_try_at=None, approved_by="Ana", approved_at=NOW
        )

    settled = worker.post(f"{path}/settle", {"is_there": is_there})
    stranger = worker.post(f"{home}/outbox/999999/settle", {"is_there": is_there})

    assert problem(known)["type"] == "/api/#not-possible-now"
    assert settled.json()["state"] == state
    assert problem(stranger)["type"] == "/api/#not-found"
