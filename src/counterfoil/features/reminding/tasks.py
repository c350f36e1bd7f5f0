"""The background jobs of reminders: plan and send one organisation's, and find out who has some."""

import structlog
from django.utils import timezone
from procrastinate.contrib.django import app

from counterfoil.config.queue import defer_once, sound_connections
from counterfoil.features.reminding.answering import send_answers
from counterfoil.features.reminding.linking import fetch_pay_links
from counterfoil.features.reminding.models import Campaign, Message
from counterfoil.features.reminding.planning import plan_today
from counterfoil.features.reminding.reaching import renew_reach
from counterfoil.features.reminding.retaining import erase_old_words
from counterfoil.features.reminding.sending import send_due
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.scope import across_workspaces, in_workspace
from counterfoil.sync.lease import AlreadyReminding

# A campaign that is only previewed names addresses too.
_WRITTEN = (Campaign.State.DRAFT, Campaign.State.PAUSED, Campaign.State.ACTIVE)

log = structlog.get_logger(__name__)


def request_reminders(organisation_id: int) -> None:
    """Ask for an organisation's reminders, in the transaction of the caller; asking twice changes nothing."""
    job = remind.configure(queueing_lock=f"remind:{organisation_id}")
    defer_once(job, organisation_id=organisation_id)


def request_answers(organisation_id: int) -> None:
    """Ask for our own answers to what came in, in the transaction of the caller; twice changes nothing."""
    job = answer_replies.configure(queueing_lock=f"answer:{organisation_id}")
    defer_once(job, organisation_id=organisation_id)


def request_pay_links(organisation_id: int) -> None:
    """Ask for what a preview has to name, in the transaction of the caller; twice changes nothing."""
    job = fetch_links.configure(queueing_lock=f"pay_links:{organisation_id}")
    defer_once(job, organisation_id=organisation_id)


@app.task(name="fetch_pay_links", queue="sync")
@sound_connections()
def fetch_links(*, organisation_id: int) -> None:
    """Ask Xero where invoices are paid that campaigns name, those too that do not send yet."""
    with across_workspaces():
        organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        fetch_pay_links(organisation, now=timezone.now, states=_WRITTEN)


@app.task(name="answer_replies", queue="sync")
@sound_connections()
def answer_replies(*, organisation_id: int) -> None:
    """Answer STOP, START and HELP, each person once to each."""
    with across_workspaces():
        organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is not None:
        send_answers(organisation, now=timezone.now)


@app.periodic(cron="17 3 * * *")
@app.task(name="erase_old_words", queue="schedule", queueing_lock="erase_old_words", pass_context=False)
@sound_connections()
def erase_words(timestamp: int) -> None:
    """Let go of the words of messages that are older than their organisation keeps them."""
    with across_workspaces():
        count = erase_old_words(now=timezone.now())
    log.info("old words erased", rows=count)


@app.task(name="remind", queue="sync")
@sound_connections()
def remind(*, organisation_id: int) -> None:
    """Plan what is due today and send what may leave, unless another process is at it."""
    try:
        with across_workspaces():
            organisation = Organisation.objects.filter(pk=organisation_id).first()
        if organisation is None:
            return
        with in_workspace(organisation.workspace_id):
            renew_reach(organisation, now=timezone.now())
            plan_today(organisation, now=timezone.now())
        fetch_pay_links(organisation, now=timezone.now)
        send_due(organisation, now=timezone.now)
    except AlreadyReminding as not_now:
        log.info("no reminders", organisation=organisation_id, because=str(not_now))


@app.periodic(cron="* * * * *")
@app.task(name="schedule_reminders", queue="schedule", queueing_lock="schedule_reminders", pass_context=False)
@sound_connections()
def schedule_reminders(timestamp: int) -> None:
    """Ask for the reminders of whoever has a campaign that sends, or a message cut off by a dead process."""
    with across_workspaces():
        sending = Campaign.objects.filter(state=Campaign.State.ACTIVE).values_list("organisation", flat=True)
        cut_off = Message.objects.filter(state=Message.State.SENDING).values_list("organisation", flat=True)
        for organisation_id in {*sending, *cut_off}:
            request_reminders(organisation_id)
