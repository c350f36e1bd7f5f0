"""Carries out what the planner says: takes over, proposes, asks, and keeps what both agree on."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex

import structlog
from django.db import transaction

from counterfoil.domain.agreeing import (
    Agree,
    Ask,
    AtFirst,
    Pull,
    Push,
    Recall,
    Settle,
    UnsafePlan,
    Wait,
    plan_record,
)
from counterfoil.domain.ownership import FIELD_BY_NAME
from counterfoil.features.clients.models import Client, Person
from counterfoil.features.clients.signals import clients_changed
from counterfoil.features.two_way import models
from counterfoil.features.two_way.comparing import (
    Side,
    Subject,
    Terms,
    count_linked,
    find_terms,
    gather,
    list_chunks,
    list_to_compare,
    plan_organisation,
)
from counterfoil.features.two_way.fields import build_wish
from counterfoil.features.two_way.models import Difference, FieldsChoice
from counterfoil.features.workspaces.audit import Act, record
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.outbox.proposing import hold
from counterfoil.sync.outbox.storing import propose

log = structlog.get_logger(__name__)

CAUSE = "contact_fields"

_NOT_WANTED = "The field was changed again, or in Xero, before this was sent."


@dataclass
class Outcome:
    """What was done: records taken over, changes proposed, and how many fields wait for a person."""

    taken: list[str] = field(default_factory=list)
    proposed: int = 0
    asked: int = 0


def compare_organisation(organisation: Organisation, *, now: datetime) -> None:
    """
    Compare what may have changed since the last time, and let it flow; each part in its own transaction.

    A plan that would change a surprising share is kept for a person and not carried out. The first
    time a person has seen the whole plan and agreed to it already.
    """
    workspace_id = organisation.workspace_id
    with in_workspace(workspace_id):
        choice = FieldsChoice.objects.filter(organisation=organisation, is_on=True).first()
        if choice is None:
            return
        is_first = choice.compared_at is None
        ids = list_to_compare(organisation, since=choice.compared_at)
        if not is_first:
            plan = plan_organisation(organisation, ids)
            try:
                plan.require_safe(count_linked(organisation))
            except UnsafePlan as surprise:
                stop(choice, because=str(surprise), fingerprint=plan.fingerprint, now=now)
                return
    at_first = AtFirst(choice.at_first) if is_first else AtFirst.ASK
    taken = 0
    for chunk in list_chunks(ids):
        with in_workspace(workspace_id):
            if not FieldsChoice.objects.select_for_update().filter(pk=choice.pk, is_on=True).exists():
                return
            taken += len(compare_clients(organisation, chunk, at_first=at_first, now=now).taken)
    with in_workspace(workspace_id):
        FieldsChoice.objects.filter(pk=choice.pk).update(
            compared_at=now, stopped_at=None, stopped_because="", stopped_plan=""
        )
        if taken:
            what = f"{organisation.name}: {taken} record{'' if taken == 1 else 's'}"
            record(workspace_id=workspace_id, act=Act.FIELDS_TAKEN, what=what, now=now)
    log.info("contact fields compared", organisation=organisation.pk, clients=len(ids), taken=taken)


def compare_clients(
    organisation: Organisation,
    client_ids: Collection[int],
    *,
    now: datetime,
    at_first: AtFirst = AtFirst.ASK,
    by: str = "",
) -> Outcome:
    """Compare these clients and let it flow, in the caller's transaction."""
    terms = find_terms(organisation)
    outcome = Outcome()
    with transaction.atomic():
        subjects = gather(organisation, client_ids, terms=terms, locks=True)
        for subject in subjects:
            _Actor(organisation, subject, terms, outcome, by=by, now=now).act(at_first)
        store(subjects, now=now, is_compared=True)
    return outcome


def store(subjects: Sequence[Subject], *, now: datetime, is_compared: bool = False) -> None:
    """Store what was written into our records and what is agreed, and tell who else looks at the records."""
    changed = [subject.fields.client_id for subject in subjects if subject.fields.save()]
    if changed:
        clients_changed.send(sender=Client, client_ids=changed)
    agreements = [side.agreement for subject in subjects for side in subject.sides]
    for agreement in agreements:
        # Kept last: what was taken over just now is compared already.
        agreement.agreed_at, agreement.is_stale = now, not is_compared
    models.Agreement.objects.bulk_create(
        agreements,
        update_conflicts=True,
        unique_fields=["link"],
        update_fields=["person", "values", "apart", "is_stale", "agreed_at"],
    )


def stop(choice: FieldsChoice, *, because: str, fingerprint: str, now: datetime) -> None:
    """Keep a plan that a person has to agree to; the same plan is stopped once."""
    if choice.stopped_plan != fingerprint:
        FieldsChoice.objects.filter(pk=choice.pk).update(
            stopped_at=now, stopped_because=because, stopped_plan=fingerprint
        )
        log.warning("contact fields stopped", organisation=choice.organisation_id)


def call_back(push: models.Push, *, reason: str, by: str, now: datetime) -> None:
    """Take a change back that was not sent; the caller holds its operation, so that nobody sends it."""
    hold([push.operation_id], reason=reason, by=by, now=now)
    models.Push.objects.filter(pk=push.pk).delete()


class _Actor:
    """Carries out the plan for one record of ours."""

    def __init__(
        self,
        organisation: Organisation,
        subject: Subject,
        terms: Terms,
        outcome: Outcome,
        *,
        by: str,
        now: datetime,
    ) -> None:
        self._organisation = organisation
        self._subject = subject
        self._terms = terms
        self._outcome = outcome
        self._by = by
        self._now = now

    def act(self, at_first: AtFirst) -> None:
        planned = plan_record(self._subject.record, at_first=at_first)
        steps = {step.counterpart: step.actions for step in planned}
        for side in self._subject.sides:
            self._act_on(side, steps.get(side.link.pk, ()))
        if self._subject.fields.is_changed:
            self._outcome.taken.append(self._subject.record.key)

    def _act_on(self, side: Side, actions: Sequence[object]) -> None:
        agreed = side.agreement.values
        asked: set[str] = set()
        in_the_air: set[str] = set()
        for action in actions:
            match action:
                case Agree(name, value):
                    agreed[name] = value
                    side.agreement.apart = [each for each in side.agreement.apart if each != name]
                case Pull(name, _, value):
                    self._subject.fields.write(name, value)
                    agreed[name] = value
                case Settle(unit, values):
                    agreed.update(values)
                    side.pushes.pop(unit).delete()
                case Recall(unit):
                    call_back(side.pushes.pop(unit), reason=_NOT_WANTED, by=self._by, now=self._now)
                case Push():
                    self._propose(side, action)
                case Wait(unit):
                    in_the_air.add(unit)
                case Ask():
                    asked.add(action.field)
                    self._ask(side, action)
        solved = [
            difference.pk
            for name, difference in side.open.items()
            if name not in asked and FIELD_BY_NAME[name].unit not in in_the_air
        ]
        if solved:
            Difference.objects.filter(pk__in=solved).delete()

    def _propose(self, side: Side, push: Push) -> None:
        assert side.contact is not None  # the planner proposes nothing for what is not here
        operation = propose(
            organisation=self._organisation,
            wish=build_wish(side.contact, push.unit, push.whole, region=self._terms.region),
            # Each change is a wish of its own: the same value may be wished for again after another.
            intent_key=f"contact-field:{side.link.pk}:{push.unit}:{token_hex(8)}",
            cause_kind=CAUSE,
            cause_id=str(side.link.pk),
            by=self._by,
            now=self._now,
            contact_id=side.link.contact_id,
        )
        models.Push.objects.filter(link=side.link, unit=push.unit).delete()
        models.Push.objects.create(
            workspace_id=side.link.workspace_id,
            organisation=self._organisation,
            link=side.link,
            unit=push.unit,
            operation=operation,
            values=push.values,
            whole=push.whole,
            made_at=self._now,
        )
        self._outcome.proposed += 1

    def _ask(self, side: Side, ask: Ask) -> None:
        self._outcome.asked += 1
        push = side.pushes.get(FIELD_BY_NAME[ask.field].unit)
        operation = push.operation if push else None
        ours = self._subject.fields.record
        values = {
            "person": ours if isinstance(ours, Person) else None,
            "why": ask.why.value,
            "agreed": ask.agreed,
            "ours": ask.ours,
            "theirs": ask.theirs,
            "sentence": ask.sentence or (operation.sentence if operation else ""),
            "xero_words": operation.xero_words if operation else [],
            "operation": operation,
        }
        known = side.open.get(ask.field)
        if known is None:
            Difference.objects.create(
                workspace_id=side.link.workspace_id,
                organisation=self._organisation,
                link=side.link,
                field=ask.field,
                found_at=self._now,
                **values,
            )
        elif any(getattr(known, name) != value for name, value in values.items()):
            Difference.objects.filter(pk=known.pk).update(**values, found_at=self._now)
