"""What syncs, drafts, month-end runs, recharges and reminders come to is told of, once for each change."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from counterfoil.features.announcing.models import Event, EventKind
from counterfoil.features.announcing.subscribing import subscribe
from counterfoil.features.billing.models import BillingRun
from counterfoil.features.invoicing.models import InvoiceDraft
from counterfoil.features.recharging.scanning import begin_watch
from counterfoil.features.reminding.models import LedgerEntry, Message
from counterfoil.features.workspaces.models import Membership
from counterfoil.mirror.models import Organisation, Run
from tests.integration.recharging.conftest import Desk as RechargingDesk
from tests.integration.recharging.conftest import desk
from tests.integration.reminding.conftest import make_desk
from tests.integration.spending.conftest import line
from tests.integration.web.firms import NOW, Firm, make_firm, make_organisation

__all__ = ["desk"]


@pytest.fixture
def firm(db: None) -> Firm:
    return make_firm()


@pytest.fixture
def organisation(firm: Firm) -> Organisation:
    return make_organisation(firm)


def listen(firm: Firm) -> None:
    """Have everything told, and more than ids."""
    with firm.inside():
        subscribe(
            by=Membership.objects.get(user=firm.user),
            address="https://x.example/",
            kinds=EventKind.values,
            holds_more=True,
            now=NOW,
        )


def read(firm: Firm, prefix: str) -> list[tuple[str, str]]:
    with firm.inside():
        found = Event.objects.filter(kind__startswith=f"{prefix}.").order_by("pk")
        return list(found.values_list("kind", "record_id"))


def test_a_sync_is_told_of_when_it_ends(firm: Firm, organisation: Organisation) -> None:
    listen(firm)
    with firm.inside():
        run = Run.objects.create(
            workspace=firm.workspace, organisation=organisation, kind="delta", reason="by hand",
            state="running", started_at=NOW,
        )  # fmt: skip
        Run.objects.update(resumes=1)
        Run.objects.update(state="partial", finished_at=NOW, sentence="One kind failed.", needs_person=True)
        Run.objects.update(resumes=2)

    assert read(firm, "sync") == [("sync.partial", str(run.pk))]
    with firm.inside():
        told = Event.objects.get()
    assert (told.at, told.organisation_id, told.stream) == (NOW, organisation.pk, "Runs")
    assert told.more == {
        "kind": "delta",
        "reason": "by hand",
        "sentence": "One kind failed.",
        "next_step": "",
        "needs_person": True,
    }


def test_a_draft_is_told_of_when_it_is_new_and_when_it_changes(
    firm: Firm, organisation: Organisation
) -> None:
    listen(firm)
    with firm.inside():
        draft = InvoiceDraft.objects.create(
            workspace=firm.workspace, organisation=organisation, contact_id="c1", date=date(2026, 6, 1),
            currency="GBP", amounts_are="Exclusive", created_at=NOW, changed_at=NOW,
        )  # fmt: skip
        InvoiceDraft.objects.update(decimals=4)
        InvoiceDraft.objects.update(reference="June", changed_at=NOW + timedelta(minutes=1))

    key = str(draft.pk)
    assert read(firm, "draft") == [("draft.created", key), ("draft.changed", key)]


def test_a_month_is_told_of_when_it_is_made_sent_and_closed_and_when_it_stops(
    firm: Firm, organisation: Organisation
) -> None:
    listen(firm)
    steps: list[dict[str, Any]] = [
        {"doing": "making"},
        {"doing": "", "failure": "It stopped."},
        {"doing": "making", "failure": ""},
        {"doing": ""},
        {"doing": "pushing"},
        {"doing": ""},
        {"state": "archived", "archive": []},
    ]
    with firm.inside():
        run = BillingRun.objects.create(
            workspace=firm.workspace, organisation=organisation, first_day=date(2026, 6, 1),
            last_day=date(2026, 6, 30), created_by="Ana", created_at=NOW,
        )  # fmt: skip
        for step in steps:
            BillingRun.objects.filter(pk=run.pk).update(**step)

    kinds = [kind for kind, _ in read(firm, "billing")]
    assert kinds == ["billing.failed", "billing.made", "billing.sent", "billing.archived"]


def test_a_recharge_is_told_of_where_it_stands(desk: RechargingDesk) -> None:
    begin_watch(desk.organisation, since=date(2026, 1, 1), by="someone", now=NOW)
    listen(desk.firm)
    desk.rule(desk.customer("Kowhai"))
    desk.bill(line("100"))
    desk.look()
    recharge = desk.recharge()
    type(recharge).objects.update(cost=Decimal(100))
    type(recharge).objects.update(state="ready")

    key = str(recharge.pk)
    assert read(desk.firm, "recharge") == [("recharge.proposed", key), ("recharge.ready", key)]


def test_reminders_answers_and_wishes_are_told_of(db: None) -> None:
    desk = make_desk()
    listen(desk.firm)
    desk.invoice(desk.customer())
    desk.campaign()
    desk.send()
    desk.receive("STOP")

    told = read(desk.firm, "reminder")
    with desk.firm.inside():
        message, wish = Message.objects.get(), LedgerEntry.objects.get()
        kinds = [kind for kind, _ in told]
        assert message.state == "sent"
    assert kinds[0] == "reminder.sent"
    assert sorted(kinds[1:]) == ["reminder.answered", "reminder.stopped"]
    assert dict(told)["reminder.stopped"] == str(wish.pk)
