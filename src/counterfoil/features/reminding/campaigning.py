"""What can be done with campaigns: write, activate, pause, resume, archive. Each is off until activated."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from counterfoil.domain.reminders import tone
from counterfoil.domain.reminders.guard import Why
from counterfoil.domain.reminders.templates import TemplateProblem, parse_template
from counterfoil.domain.reminders.tone import list_strange_links
from counterfoil.domain.wording import say_language
from counterfoil.features.reminding.models import Campaign, Channel, Message, SenderChoices, Step, Wording
from counterfoil.features.reminding.owners import describe_owner, is_ready
from counterfoil.features.workspaces.audit import Act, name_person, record
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Organisation


class NotReady(ValueError):
    """A campaign cannot be activated; `problems` says what is to be done first."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class CannotChange(ValueError):
    """What is asked of a campaign does not fit its state."""


@dataclass(frozen=True, slots=True)
class Says:
    """The words of a step in one language."""

    days: int
    language: str
    text: str
    subject: str = ""


def save_campaign(campaign: Campaign, *, says: Sequence[Says], by: User, now: datetime) -> Campaign:
    """
    Keep a campaign and its words. Raises ValidationError, TemplateProblem, and CannotChange while it sends.

    Steps that stay keep their number, by which it is known what was sent.
    """
    for said in says:
        parse_template(said.text)
        if said.subject:
            parse_template(said.subject)
    with transaction.atomic():
        if campaign._state.adding:
            campaign.made_by, campaign.made_at = name_person(by), now
        elif not Campaign.objects.filter(pk=campaign.pk, state__in=_CHANGEABLE).exists():
            raise CannotChange("Pause the campaign before you change it.")
        campaign.full_clean(exclude=_NOT_TYPED)
        campaign.save()
        campaign.steps.exclude(days__in={said.days for said in says}).delete()
        for days in sorted({said.days for said in says}):
            step, _ = Step.objects.get_or_create(
                campaign=campaign, days=days, defaults={"workspace_id": campaign.workspace_id}
            )
            step.wordings.all().delete()
            Wording.objects.bulk_create(
                Wording(
                    workspace_id=campaign.workspace_id,
                    step=step,
                    language=said.language,
                    subject=said.subject.strip(),
                    text=said.text.strip(),
                )
                for said in says
                if said.days == days
            )
    return campaign


_NOT_TYPED = ("organisation", "workspace", "resumed_at", "planned_through", "archived_at")
_CHANGEABLE = (Campaign.State.DRAFT, Campaign.State.PAUSED)


def list_problems(campaign: Campaign) -> list[str]:
    """Return what has to be done before the campaign can send; nothing when it is ready."""
    kept = SenderChoices.objects.filter(organisation_id=campaign.organisation_id).first()
    choices = kept or SenderChoices()
    problems = []
    if not is_ready(choices, campaign.channel):
        problems.append("Set up who carries the messages.")
    if campaign.kind == Campaign.Kind.BROADCAST and campaign.broadcast_on is None:
        problems.append("Choose the day.")
    steps = list(campaign.steps.prefetch_related("wordings"))
    if not steps:
        problems.append("Add a step.")
    for step in steps:
        wordings = {wording.language: wording for wording in step.wordings.all()}
        if campaign.language not in wordings:
            problems.append(f"Write the step on day {step.days:+d} in {say_language(campaign.language)}.")
        problems += [
            f"Day {step.days:+d}, {say_language(language)}: {problem}"
            for language, wording in wordings.items()
            for problem in _list_flaws(wording, campaign, choices)
        ]
    return problems


def activate(campaign: Campaign, *, by: User, now: datetime) -> None:
    """
    Let a campaign send from now on: what its steps say today, if its hour is still to come, and later days.

    Nothing of an earlier day is made up for. Raises NotReady, CannotChange.
    """
    problems = list_problems(campaign)
    if problems:
        raise NotReady(problems)
    act = Act.CAMPAIGN_RESUMED if campaign.state == Campaign.State.PAUSED else Act.CAMPAIGN_ACTIVATED
    with transaction.atomic():
        began = {"resumed_at": now, "activated_by": name_person(by)}
        _turn(campaign, _CHANGEABLE, Campaign.State.ACTIVE, **began)
        _go_on_with_today(campaign, now)
        _record(campaign, act, by, now)


def pause(campaign: Campaign, *, by: User, now: datetime) -> None:
    """Let nothing more leave; a message that is just leaving is waited for. Raises CannotChange."""
    with transaction.atomic():
        because = f"Paused by {name_person(by)}."
        _turn(campaign, [Campaign.State.ACTIVE], Campaign.State.PAUSED, state_because=because)
        _record(campaign, Act.CAMPAIGN_PAUSED, by, now)


def archive(campaign: Campaign, *, by: User, now: datetime) -> None:
    """End a campaign for good; what it sent and did not send stays to be read. Raises CannotChange."""
    with transaction.atomic():
        before = [*_CHANGEABLE, Campaign.State.ACTIVE]
        _turn(campaign, before, Campaign.State.ARCHIVED, archived_at=now)
        _drop(campaign, Why.ENDED, now)
        _record(campaign, Act.CAMPAIGN_ARCHIVED, by, now)


def pause_all(organisation: Organisation, *, by: User, now: datetime) -> None:
    """One switch: nothing leaves for this organisation until it is let go again."""
    _switch(organisation, now, is_all_paused=True, paused_by=name_person(by), paused_at=now)
    record(
        workspace_id=organisation.workspace_id,
        act=Act.ALL_REMINDERS_PAUSED,
        who=by,
        what=organisation.name,
        now=now,
    )


def resume_all(organisation: Organisation, *, by: User, now: datetime) -> None:
    """Let messages go again; each is looked at as it stands now."""
    _switch(organisation, now, is_all_paused=False, paused_by="", paused_at=None)
    record(
        workspace_id=organisation.workspace_id,
        act=Act.ALL_REMINDERS_RESUMED,
        who=by,
        what=organisation.name,
        now=now,
    )


def _list_flaws(wording: Wording, campaign: Campaign, choices: SenderChoices) -> list[str]:
    """Return what a text has to have: who writes, and in a text message how to stop it."""
    try:
        template = parse_template(wording.text)
    except TemplateProblem as problem:
        return [str(problem)]
    flaws = []
    if "business" not in template.fields:
        flaws.append("Say who writes: {business}.")
    plain = "".join(part for part in template.parts if isinstance(part, str)).upper()
    if not choices.hears(campaign.channel):
        if "STOP" in plain:
            flaws.append(_NOBODY_HEARS[Channel(campaign.channel)])
    elif "STOP" not in plain and "opt_out_link" not in template.fields:
        flaws.append("Say how to stop the messages, as in “Reply STOP to opt out”.")
    strange = list_strange_links(template, ours=_list_own_hosts(choices))
    if strange:
        flaws.append(
            f"{', '.join(strange)} is neither Xero’s nor yours, and readers do not press on such links:"
            " name {pay_link}, or a page of yours."
        )
    if campaign.channel == Channel.EMAIL and not wording.subject:
        flaws.append("Write a subject.")
    return flaws


_NOBODY_HEARS = {
    Channel.TEXT: "Nobody can answer this sender: leave STOP out. A link that ends them is added.",
    Channel.EMAIL: "No answer to an e-mail is read here: leave STOP out. A link that ends them is added.",
}


def _list_own_hosts(choices: SenderChoices) -> list[str]:
    """Return where the sender's own links lead: to this installation, and to where its e-mails come from."""
    addresses = (parseaddr(choices.mail_from)[1], choices.reply_to)
    return [
        urlsplit(settings.COUNTERFOIL_URL).hostname or "",
        *(address.rpartition("@")[2].lower() for address in addresses if address),
    ]


def list_remarks(campaign: Campaign) -> list[str]:
    """Return what a stranger would not like in the words; who wrote them may mean them so. One query."""
    found: list[str] = []
    for wording in Wording.objects.filter(step__campaign=campaign).order_by("step__days", "pk"):
        with suppress(TemplateProblem):  # that is a problem, and named as one
            found += tone.list_remarks(parse_template(f"{wording.subject} {wording.text}"))
    return list(dict.fromkeys(found))


def _go_on_with_today(campaign: Campaign, now: datetime) -> None:
    """What was planned for today goes on as if planned now; what is left of other days is dropped."""
    today = describe_owner(campaign.organisation, now=now).today
    waiting = Message.objects.filter(campaign=campaign, state=Message.State.PLANNED)
    waiting.filter(planned_on=today).update(planned_at=now, look_at=now)
    waiting.exclude(planned_on=today).update(state=Message.State.DROPPED, why=Why.TOO_LATE, settled_at=now)


def _drop(campaign: Campaign, why: Why, now: datetime) -> None:
    waiting = Message.objects.filter(campaign=campaign, state=Message.State.PLANNED)
    waiting.update(state=Message.State.DROPPED, why=why, settled_at=now)


def _turn(campaign: Campaign, before: Sequence[str], state: str, **changes: Any) -> None:
    turned: Mapping[str, Any] = {"state": state, "state_because": "", **changes}
    if not Campaign.objects.filter(pk=campaign.pk, state__in=before).update(**turned):
        raise CannotChange("Somebody changed the campaign meanwhile; look at it again.")
    campaign.refresh_from_db()


def _switch(organisation: Organisation, now: datetime, **changes: Any) -> None:
    find_choices(organisation, now=now)
    SenderChoices.objects.filter(organisation=organisation).update(**changes)


def find_choices(organisation: Organisation, *, now: datetime) -> SenderChoices:
    """Return how the organisation sends; at first nothing leaves, and messages are only shown."""
    choices, _ = SenderChoices.objects.get_or_create(
        organisation=organisation,
        defaults={"workspace_id": organisation.workspace_id, "token": uuid4(), "saved_at": now},
    )
    return choices


def _record(campaign: Campaign, act: Act, by: User, now: datetime) -> None:
    record(workspace_id=campaign.workspace_id, act=act, who=by, what=campaign.name, now=now)
