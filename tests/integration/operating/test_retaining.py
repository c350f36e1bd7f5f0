"""What piles up is deleted when it is old, a few rows at a time; what the past rests on stays."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.db.models import Model
from pytest_django.fixtures import Settings

from counterfoil.features.access.models import ApiToken, KeptAnswer
from counterfoil.features.announcing.models import Event, Posting, Subscription
from counterfoil.features.moving.models import Takeout
from counterfoil.features.operating.retaining import RULES, forget_all
from counterfoil.features.operating.tasks import forget_old
from counterfoil.features.webhooks.models import Refusal
from counterfoil.features.workspaces.audit import Act, record
from counterfoil.features.workspaces.models import AuditEntry, Membership
from counterfoil.mirror.models import (
    Change,
    Delivery,
    Notice,
    Organisation,
    Resync,
    Run,
    StreamRun,
    Verification,
)
from counterfoil.mirror.scope import across_workspaces
from tests.integration.web.firms import NOW, Firm, make_firm, make_organisation

YEARS = timedelta(days=3650)
Make = Callable[[datetime], Model]


@pytest.fixture
def firm(db: None) -> Firm:
    """A firm of which nothing is kept yet."""
    return make_firm()


@pytest.fixture
def organisation(firm: Firm) -> Organisation:
    """An organisation that nothing was read from."""
    return make_organisation(firm)


def list_makers(firm: Firm, organisation: Organisation) -> Sequence[Make]:
    """Return for each table that is tidied how a row of some moment is made."""
    ours: dict[str, Any] = {"workspace": firm.workspace}
    here = ours | {"organisation": organisation}
    subscription = Subscription.objects.create(
        **ours, address="https://a.example", kinds=[], secret="s", made_by="M", made_at=NOW, next_try_at=NOW
    )
    token = ApiToken.objects.create(
        **ours, membership=Membership.objects.get(workspace=firm.workspace), name="N", digest="d", ending="e",
        scopes=[], made_at=NOW,
    )  # fmt: skip

    def run(at: datetime) -> Run:
        made = Run.objects.create(
            **here, kind="delta", reason="scheduled", state="succeeded", started_at=at, finished_at=at
        )
        StreamRun.objects.create(**here, run=made, stream="Invoices", place=1, state="done")
        return made

    return [
        run,
        lambda at: Takeout.objects.create(**ours, asked_at=at, state="ready"),
        lambda at: Verification.objects.create(
            **here, reason="asked", asked_at=at, finished_at=at, state="done", verdict="equal"
        ),
        lambda at: Resync.objects.create(
            **here, streams=[], state="applied", asked_at=at, finished_at=at
        ),
        lambda at: Delivery.objects.create(received_at=at, unpacked_at=at, client_id="app", body=b"{}"),
        lambda at: Notice.objects.create(
            **here, stream="Invoices", xero_id=at.isoformat(), said_at=at, heard_at=at, next_try_at=at,
            settled_at=at,
        ),
        lambda at: Refusal.objects.create(hour=at, count=1, first_at=at, last_at=at),
        lambda at: Event.objects.create(**ours, subscription=subscription, kind="test", at=at, sent_at=at),
        lambda at: Posting.objects.create(
            **ours, subscription=subscription, at=at, events=1, took_ms=1, was_taken=True
        ),
        lambda at: KeptAnswer.objects.create(
            **ours, token=token, key=at.isoformat(), digest="d", status=200, kept_at=at
        ),
        lambda at: Session.objects.create(session_key=at.isoformat()[:40], session_data="", expire_date=at),
        lambda at: record(workspace_id=firm.workspace.pk, act=Act.FIRM_RENAMED, now=at),
    ]  # fmt: skip


def make_old_and_new(firm: Firm, organisation: Organisation) -> dict[Model, Model]:
    """Return by each old row the new one beside it."""
    with across_workspaces():
        makers = list_makers(firm, organisation)
        old = [make(NOW - YEARS) for make in makers]
        return dict(zip(old, [make(NOW + timedelta(minutes=1)) for make in makers], strict=True))


def test_what_is_old_goes_and_what_is_new_stays(
    firm: Firm, organisation: Organisation, settings: Settings
) -> None:
    settings.COUNTERFOIL_KEPT_DAYS = settings.COUNTERFOIL_KEPT_DAYS | {"audit": 365}
    rows = make_old_and_new(firm, organisation)

    deleted = forget_all(now=NOW)

    with across_workspaces():
        for old, new in rows.items():
            model = type(old)
            assert not model._default_manager.filter(pk=old.pk).exists(), model
            assert model._default_manager.filter(pk=new.pk).exists(), model
        assert StreamRun.objects.count() == 1
    assert set(deleted.values()) == {1}
    assert len(deleted) == len(rows)
    assert sum(len(rule.parts) for rule in RULES) + 1 == len(rows)  # every part is shown, and the sessions


def test_zero_days_is_for_ever(firm: Firm, organisation: Organisation, settings: Settings) -> None:
    settings.COUNTERFOIL_KEPT_DAYS = settings.COUNTERFOIL_KEPT_DAYS | {"runs": 0}
    make_old_and_new(firm, organisation)

    deleted = forget_all(now=NOW)

    assert not {"mirror_run", "mirror_verification", "workspaces_auditentry"} & set(deleted)


def test_the_last_sync_of_each_kind_stays_and_so_does_what_it_changed(
    firm: Firm, organisation: Organisation
) -> None:
    here: dict[str, Any] = {"workspace": firm.workspace, "organisation": organisation}
    with firm.inside():
        for number, kind in enumerate(("full", "delta", "delta")):
            at = NOW - YEARS + timedelta(hours=number)
            run = Run.objects.create(
                **here, kind=kind, reason="r", state="succeeded", started_at=at, finished_at=at
            )
            Change.objects.create(
                **here,
                stream="Invoices",
                xero_id="1",
                kind="created",
                at=at,
                run=run,
                why="delta",
                before={},
                after={},
            )

    forget_all(now=NOW)

    with firm.inside():
        assert sorted(Run.objects.values_list("kind", flat=True)) == ["delta", "full"]
        assert sorted(Change.objects.values_list("run__kind", flat=True), key=str) == [None, "delta", "full"]


def test_many_rows_go_a_few_at_a_time(firm: Firm, organisation: Organisation) -> None:
    times = [NOW - YEARS + timedelta(hours=hour) for hour in range(7)]
    with across_workspaces():
        Refusal.objects.bulk_create(Refusal(hour=at, count=1, first_at=at, last_at=at) for at in times)

    assert forget_all(now=NOW, at_once=3)["webhooks_refusal"] == 7


def test_nobody_changes_an_entry_of_the_audit_log_or_takes_it_out(firm: Firm) -> None:
    acts: list[Callable[[], object]] = [
        lambda: AuditEntry.objects.update(who_name="Somebody else"),
        lambda: AuditEntry.objects.all().delete(),
    ]
    for act in acts:
        with pytest.raises(IntegrityError, match="only added to"), firm.inside(), transaction.atomic():
            act()

    with firm.inside():
        assert [one.who_name for one in AuditEntry.objects.all()] == [firm.user.email]


def test_the_page_says_for_how_long(firm: Firm, settings: Settings) -> None:
    settings.COUNTERFOIL_KEPT_DAYS = settings.COUNTERFOIL_KEPT_DAYS | {"runs": 41}

    page = firm.client.get("/settings/integrations/").content.decode()

    assert "but for the latest of each kind</dt><dd>41 days</dd>" in page
    assert "Who did what in the firm</dt><dd>not deleted</dd>" in page


def test_the_daily_job_deletes(firm: Firm, organisation: Organisation) -> None:
    make_old_and_new(firm, organisation)

    forget_old(0)

    with across_workspaces():
        assert not KeptAnswer.objects.filter(kept_at__lt=NOW - YEARS / 2).exists()
