"""Switches the two-way contact fields on and off; what would happen is shown before (K16)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from counterfoil.domain.agreeing import Ask, AtFirst, Plan, Pull, Push, UnsafePlan, Why
from counterfoil.domain.outbox import IN_DOUBT
from counterfoil.domain.ownership import FIELD_BY_NAME
from counterfoil.features.clients.models import Link
from counterfoil.features.two_way.acting import call_back, compare_clients
from counterfoil.features.two_way.comparing import (
    count_linked,
    find_terms,
    list_chunks,
    list_to_compare,
    plan_organisation,
)
from counterfoil.features.two_way.models import Agreement, Difference, FieldsChoice
from counterfoil.features.two_way.models import Push as Pushed
from counterfoil.features.workspaces.audit import Act, name_person, record
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Operation, Organisation
from counterfoil.sync.outbox.moves import lock

_SHOWN = 20


class PlanChanged(Exception):
    """What a person agreed to is no longer what would be done."""

    def __init__(self) -> None:
        super().__init__("Something was changed since you looked. This is what would be done now.")


@dataclass(frozen=True)
class Example:
    """One field of those that would change or be asked about: whose, and both values."""

    who: str
    client_id: int
    label: str
    ours: str
    theirs: str


@dataclass(frozen=True)
class Preview:
    """What comparing both sides would do, and to how much."""

    linked: int
    cannot_push: str
    fills_here: int
    fills_xero: int
    differ: int
    by_field: Mapping[str, int]
    examples: Sequence[Example]
    changes: Sequence[Example]
    fingerprint: str
    surprise: str = ""


def describe_choice(organisation: Organisation) -> FieldsChoice | None:
    """Return what was chosen for the organisation, if anything was."""
    return FieldsChoice.objects.filter(organisation=organisation).select_related("chosen_by").first()


def preview(organisation: Organisation) -> Preview:
    """Return what switching on would do, or, once on, what the next comparison will; nothing is changed."""
    choice = describe_choice(organisation)
    since = choice.compared_at if choice and choice.is_on else None
    plan = plan_organisation(organisation, list_to_compare(organisation, since=since))
    linked = count_linked(organisation)
    try:
        plan.require_safe(linked)
        surprise = ""
    except UnsafePlan as unsafe:
        surprise = str(unsafe)
    return _describe(organisation, plan, linked, surprise)


def switch_on(organisation: Organisation, *, at_first: AtFirst, by: User, now: datetime) -> FieldsChoice:
    """Let the contact fields go both ways; what differs now is treated as chosen."""
    choice, _ = FieldsChoice.objects.update_or_create(
        organisation=organisation,
        defaults={
            "workspace_id": organisation.workspace_id,
            "is_on": True,
            "at_first": at_first.value,
            "chosen_by": by,
            "chosen_at": now,
            "compared_at": None,
        },
    )
    _note(organisation, Act.FIELDS_TWO_WAY_ON, by=by, now=now)
    return choice


def switch_off(organisation: Organisation, *, by: User, now: datetime) -> None:
    """
    Let each side go its own way from now on: what was not sent is called back, both keep what they have.

    What was agreed is forgotten, so that switching on again asks about what differs by then.
    """
    with transaction.atomic():
        FieldsChoice.objects.filter(organisation=organisation).update(
            is_on=False,
            chosen_by=by,
            chosen_at=now,
            compared_at=None,
            stopped_at=None,
            stopped_because="",
            stopped_plan="",
        )
        pushes = list(Pushed.objects.filter(organisation=organisation))
        operations = lock(Operation.objects.filter(pk__in=[push.operation_id for push in pushes]))
        held = {one.pk: one for one in operations}
        for push in pushes:
            if held[push.operation_id].status not in IN_DOUBT:
                call_back(push, reason="Two-way fields were switched off.", by=name_person(by), now=now)
        for model in (Difference, Pushed, Agreement):
            model.objects.filter(organisation=organisation).delete()
        _note(organisation, Act.FIELDS_TWO_WAY_OFF, by=by, now=now)


def agree_to_plan(organisation: Organisation, *, fingerprint: str, by: User, now: datetime) -> int:
    """
    Carry out a plan that was stopped, since a person agrees to it. Return how many would change by it.

    Raises PlanChanged when it is another plan by now.
    """
    with transaction.atomic():
        choices = FieldsChoice.objects.select_for_update(of=("self",))
        choice = choices.get(organisation=organisation, is_on=True)
        ids = list_to_compare(organisation, since=choice.compared_at)
        plan = plan_organisation(organisation, ids)
        if plan.fingerprint != fingerprint:
            raise PlanChanged
        for chunk in list_chunks(ids):
            compare_clients(organisation, chunk, now=now)
        FieldsChoice.objects.filter(pk=choice.pk).update(
            compared_at=now, stopped_at=None, stopped_because="", stopped_plan=""
        )
        what = f"{organisation.name}: {plan.changed} contacts or clients"
        record(workspace_id=organisation.workspace_id, act=Act.FIELDS_AGREED, who=by, what=what, now=now)
        return plan.changed


def _describe(organisation: Organisation, plan: Plan, linked: int, surprise: str) -> Preview:
    links = {step.counterpart for step in plan.steps}
    of_link = {
        link.pk: link
        for link in Link.objects.filter(organisation=organisation, pk__in=links).select_related(
            "client", "person"
        )
    }
    fills_here = fills_xero = 0
    examples, changes, by_field = [], [], Counter[str]()
    for step in plan.steps:
        link = of_link[step.counterpart]
        who, client_id = (link.person or link.client).name, link.client_id
        for action in step.actions:
            match action:
                case Pull(name, before, value):
                    fills_here += 1
                    changes.append(Example(who, client_id, FIELD_BY_NAME[name].label, before, value))
                case Push(_, values, _, before_of):
                    fills_xero += len(values)
                    changes += [
                        Example(who, client_id, FIELD_BY_NAME[name].label, value, before_of[name])
                        for name, value in values.items()
                    ]
                case Ask(name, Why.FIRST | Why.BOTH, _, ours, theirs):
                    by_field[FIELD_BY_NAME[name].label] += 1
                    examples.append(Example(who, client_id, FIELD_BY_NAME[name].label, ours, theirs))
                case _:
                    pass
    return Preview(
        linked=linked,
        cannot_push=find_terms(organisation).cannot_push,
        fills_here=fills_here,
        fills_xero=fills_xero,
        differ=len(examples),
        by_field=dict(by_field.most_common()),
        examples=examples[:_SHOWN],
        changes=changes[:_SHOWN],
        fingerprint=plan.fingerprint,
        surprise=surprise,
    )


def _note(organisation: Organisation, act: Act, *, by: User, now: datetime) -> None:
    record(workspace_id=organisation.workspace_id, act=act, who=by, what=organisation.name, now=now)
