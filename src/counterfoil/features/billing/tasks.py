"""The background jobs of billing: make a run's invoices, send them, and fill queues by themselves."""

from collections.abc import Callable
from datetime import date, datetime

import structlog
from django.utils import timezone
from procrastinate.contrib.django import app

from counterfoil.config.queue import defer_once, sound_connections
from counterfoil.features.billing.generating import generate
from counterfoil.features.billing.models import BillingChoices, BillingRun
from counterfoil.features.billing.recurring import fill_queue
from counterfoil.features.billing.runs import NotPossible, RunIsArchived
from counterfoil.features.billing.sending import push_ready
from counterfoil.features.billing.waving import wave_through
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.scope import across_workspaces, in_workspace

log = structlog.get_logger(__name__)

_PEOPLE_WAIT = 1
_STOPPED = (
    "It stopped for a reason nobody foresaw. What was done is kept, and nothing is billed twice: start again."
)


def request_making(run: BillingRun, *, now: datetime) -> None:
    """Ask for a run's invoices, in the transaction of the caller; asking twice changes nothing."""
    _begin(run, BillingRun.Doing.MAKING, now=now)
    defer_once(make_invoices.configure(queueing_lock=f"make:{run.pk}", priority=_PEOPLE_WAIT), run_id=run.pk)


def request_sending(run: BillingRun, *, by: User, now: datetime) -> None:
    """Ask for what is ready to be put into the outbox; asking twice changes nothing."""
    _begin(run, BillingRun.Doing.PUSHING, now=now)
    job = send_invoices.configure(queueing_lock=f"send:{run.pk}", priority=_PEOPLE_WAIT)
    defer_once(job, run_id=run.pk, user_id=by.pk)


def request_waving(run: BillingRun, *, by: User, today: date, now: datetime) -> None:
    """Ask for what is as it was the last time to be said ready; asking twice changes nothing."""
    _begin(run, BillingRun.Doing.WAVING, now=now)
    job = wave_invoices.configure(queueing_lock=f"wave:{run.pk}", priority=_PEOPLE_WAIT)
    defer_once(job, run_id=run.pk, user_id=by.pk, today=today.isoformat())


@app.task(name="make_invoices", queue="sync")
def make_invoices(*, run_id: int) -> None:
    """Make what is due and not billed yet."""
    _perform(run_id, lambda run: generate(run, now=timezone.now()))


@app.task(name="send_invoices", queue="sync")
def send_invoices(*, run_id: int, user_id: int) -> None:
    """Put what is ready into the outbox, in the name of whoever asked."""
    by = User.objects.get(pk=user_id)
    _perform(run_id, lambda run: push_ready(run, by=by, now=timezone.now()))


@app.task(name="wave_invoices", queue="sync")
def wave_invoices(*, run_id: int, user_id: int, today: str) -> None:
    """Say of what is as it was the last time that it may be sent, in the name of whoever asked."""
    by, day = User.objects.get(pk=user_id).email, date.fromisoformat(today)
    _perform(run_id, lambda run: wave_through(run, by=by, today=day, now=timezone.now()))


@app.periodic(cron="29 * * * *")
@app.task(
    name="fill_billing_queues", queue="schedule", queueing_lock="fill_billing_queues", pass_context=False
)
@sound_connections()
def fill_billing_queues(timestamp: int) -> None:
    """Make the invoices that are due by themselves; it is a new day somewhere every hour."""
    with across_workspaces():
        chosen = list(BillingChoices.objects.filter(is_automatic=True).select_related("organisation"))
    for choices in chosen:
        with in_workspace(choices.workspace_id):
            run = fill_queue(choices, now=timezone.now())
        if run is not None:
            log.info("billing queue filled", organisation=choices.organisation_id, run=run.pk)


@sound_connections()
def _perform(run_id: int, work: Callable[[BillingRun], object]) -> None:
    with across_workspaces():
        run = BillingRun.objects.filter(pk=run_id).first()
    if run is None:
        return
    failure = _STOPPED
    try:
        work(run)
        failure = ""
    except (RunIsArchived, NotPossible) as refused:
        failure = str(refused)
    finally:
        with in_workspace(run.workspace_id):
            BillingRun.objects.filter(pk=run_id, state=BillingRun.State.OPEN).update(
                doing="", failure=failure
            )


def _begin(run: BillingRun, doing: BillingRun.Doing, *, now: datetime) -> None:
    BillingRun.objects.filter(pk=run.pk, state=BillingRun.State.OPEN).update(
        doing=doing, asked_at=now, done=0, total=0, failure=""
    )
