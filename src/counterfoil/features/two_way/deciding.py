"""What people decide about fields that differ: ours, Xero’s, something else, or neither; and its undoing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b

from django.db import transaction
from django.db.models import CharField

from counterfoil.domain.outbox import IN_DOUBT, OutboxState
from counterfoil.domain.ownership import FIELD_BY_NAME
from counterfoil.features.clients.models import Address, Client, Person
from counterfoil.features.two_way.acting import call_back, compare_clients, store
from counterfoil.features.two_way.comparing import Side, Subject, find_terms, gather
from counterfoil.features.two_way.models import Difference, Push
from counterfoil.features.workspaces.audit import Act, name_person, record
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Organisation

Choice = Difference.Choice

# What was refused or held is looked at one by one.
ASKED_TOGETHER = (Difference.Why.FIRST, Difference.Why.BOTH)

_WORDS: Mapping[str, str] = {
    Choice.OURS: "ours",
    Choice.THEIRS: "Xero’s",
    Choice.EDITED: "edited",
    Choice.APART: "left different",
}


class NotAsSeen(Exception):
    """The field was changed, or decided, since the page was shown."""

    def __init__(self) -> None:
        super().__init__(
            "One of the two sides was changed, or somebody was faster, since you looked. Look again, please."
        )


class OnItsWay(Exception):
    """A change of the same field is being sent, and nobody knows yet whether Xero has it."""

    def __init__(self) -> None:
        super().__init__("A change of this is on its way to Xero. Decide once it is known what became of it.")


class NothingToUndo(Exception):
    """The person has decided nothing here that could be taken back."""

    def __init__(self) -> None:
        super().__init__("There is no decision of yours to take back.")


class CannotUndo(Exception):
    """Taking the decision back would undo what was done since."""


def sign(difference: Difference) -> str:
    """Return what tells the two values that a person saw from later ones."""
    said = f"{difference.ours}\0{difference.theirs}"
    return blake2b(said.encode(), digest_size=8).hexdigest()


def decide(
    organisation: Organisation,
    *,
    difference_ids: Sequence[int],
    choice: str,
    by: User,
    now: datetime,
    value: str = "",
    seen: str | None = None,
) -> list[Difference]:
    """
    Settle these fields as a person chose, and have what follows from it proposed or taken over.

    Both sides then agree on what Xero has, and our value is an edit of that. `seen` is what `sign` said
    of the one that was shown. Raises NotAsSeen, OnItsWay, and ValidationError for a value that
    does not fit; nothing is changed then.
    """
    with transaction.atomic():
        rows = _find(organisation, difference_ids)
        if len(rows) != len(set(difference_ids)) or (seen is not None and sign(rows[0]) != seen):
            raise NotAsSeen
        subjects = _gather(organisation, rows)
        for row in rows:
            subject, side = subjects[row.link_id]
            _require_as_seen(row, subject)
            chosen = {Choice.OURS: row.ours, Choice.THEIRS: row.theirs, Choice.APART: row.ours}.get(
                Choice(choice), value.strip()
            )
            if choice == Choice.EDITED:
                _require_fitting(row.field, chosen, subject.fields.record)
            _free(row, side, by=by, now=now)
            if chosen != row.ours:
                subject.fields.write(row.field, chosen)
            side.agreement.values[row.field] = row.theirs
            side.agreement.apart = [each for each in side.agreement.apart if each != row.field]
            if choice == Choice.APART:
                side.agreement.apart.append(row.field)
            row.choice, row.chosen = choice, chosen
            row.decided_by, row.decided_at = by, now
        store(_list_once(subjects), now=now)
        Difference.objects.bulk_update(rows, ["choice", "chosen", "decided_by", "decided_at"])
        record(
            workspace_id=organisation.workspace_id,
            act=Act.FIELDS_DECIDED,
            who=by,
            what=_describe(rows, subjects, _WORDS[choice]),
            now=now,
        )
        _follow(organisation, rows, by=by, now=now)
    return rows


def decide_all(
    organisation: Organisation, *, field: str, choice: str, until: datetime, by: User, now: datetime
) -> int:
    """
    Settle one field in the same way for everybody about whom it is asked, and return for how many.

    Only what was there `until` the page was shown is decided. Raises what `decide` raises.
    """
    asked = Difference.objects.filter(
        organisation=organisation, decided_at=None, field=field, why__in=ASKED_TOGETHER, found_at__lte=until
    )
    ids = list(asked.values_list("pk", flat=True))
    return len(decide(organisation, difference_ids=ids, choice=choice, by=by, now=now)) if ids else 0


def undo_last(organisation: Organisation, *, by: User, now: datetime) -> list[Difference]:
    """
    Take back this person's latest decision here, with all that were decided with it.

    Possible as long as nothing of it was sent. Raises NothingToUndo and CannotUndo.
    """
    with transaction.atomic():
        mine = Difference.objects.filter(organisation=organisation, decided_by=by).exclude(decided_at=None)
        last = mine.order_by("-decided_at").first()
        if last is None:
            raise NothingToUndo
        rows = _find_decided(organisation, by=by, at=last.decided_at)
        subjects = _gather(organisation, rows)
        for row in rows:
            _take_back(row, *subjects[row.link_id], by=by, now=now)
        store(_list_once(subjects), now=now)
        for row in rows:
            row.choice, row.chosen, row.decided_by, row.decided_at = "", "", None, None
        Difference.objects.bulk_update(rows, ["choice", "chosen", "decided_by", "decided_at"])
        record(
            workspace_id=organisation.workspace_id,
            act=Act.FIELDS_UNDONE,
            who=by,
            what=_describe(rows, subjects, ""),
            now=now,
        )
        _follow(organisation, rows, by=by, now=now)
    return rows


def _find(organisation: Organisation, ids: Sequence[int]) -> list[Difference]:
    rows = Difference.objects.select_related("link").filter(
        organisation=organisation, decided_at=None, pk__in=ids
    )
    return list(rows.order_by("pk"))


def _find_decided(organisation: Organisation, *, by: User, at: datetime | None) -> list[Difference]:
    rows = Difference.objects.select_related("link").filter(
        organisation=organisation, decided_by=by, decided_at=at
    )
    return list(rows.order_by("pk"))


def _gather(organisation: Organisation, rows: Sequence[Difference]) -> dict[int, tuple[Subject, Side]]:
    client_ids = {row.link.client_id for row in rows}
    found = gather(organisation, client_ids, terms=find_terms(organisation), locks=True)
    subjects = {side.link.pk: (subject, side) for subject in found for side in subject.sides}
    # Whoever waited for the lock finds what the first one decided.
    still = set(Difference.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", "decided_at"))
    if still != {(row.pk, row.decided_at) for row in rows}:
        raise NotAsSeen
    return subjects


def _require_as_seen(row: Difference, subject: Subject) -> None:
    theirs = next(one.theirs for one in subject.record.counterparts if one.key == row.link_id)
    ours_now, theirs_now = subject.fields.read().get(row.field, ""), theirs.get(row.field, "")
    if (ours_now, theirs_now) != (row.ours, row.theirs):
        raise NotAsSeen


def _require_fitting(name: str, value: str, ours: Client | Person) -> None:
    """Raise ValidationError for a value that our own field refuses."""
    kind, dot, part = name.partition(".")
    model = Address if dot else type(ours)
    column = model._meta.get_field(part if dot else kind)
    assert isinstance(column, CharField)
    column.clean(value, None)


def _free(row: Difference, side: Side, *, by: User, now: datetime) -> None:
    """Call back what is on its way for the same unit, which says no longer what is wanted."""
    unit = FIELD_BY_NAME[row.field].unit
    push = side.pushes.get(unit)
    if push is None:
        return
    if push.operation.status in IN_DOUBT:
        raise OnItsWay
    if push.operation.status is not OutboxState.DONE:
        call_back(side.pushes.pop(unit), reason="Decided otherwise.", by=name_person(by), now=now)


def _take_back(row: Difference, subject: Subject, side: Side, *, by: User, now: datetime) -> None:
    asked = side.open.pop(row.field, None)
    if asked is not None and asked.why in (Difference.Why.FIRST, Difference.Why.BOTH):
        raise CannotUndo("The field was changed again since, and waits for a decision already.")
    unit = FIELD_BY_NAME[row.field].unit
    push = side.pushes.get(unit)
    if _was_sent(row, side, push):
        raise CannotUndo("It was sent to Xero already. Change the field again instead.")
    if subject.fields.read().get(row.field, "") != row.chosen:
        raise CannotUndo("The field was changed since you decided.")
    if asked is not None:
        asked.delete()  # what came of the decision goes with it
    if push is not None:
        call_back(side.pushes.pop(unit), reason="The decision was taken back.", by=name_person(by), now=now)
    subject.fields.write(row.field, row.ours)
    side.agreement.apart = [each for each in side.agreement.apart if each != row.field]
    if row.agreed is None:
        side.agreement.values.pop(row.field, None)
    else:
        side.agreement.values[row.field] = row.agreed


def _was_sent(row: Difference, side: Side, push: Push | None) -> bool:
    """Say whether Xero has what was chosen, or may have it."""
    if push is not None:
        return push.operation.status in IN_DOUBT or push.operation.status is OutboxState.DONE
    # Nothing is on its way: unless both sides kept what Xero had, they agree on what was chosen by now.
    is_agreed = side.agreement.values.get(row.field, "") == row.chosen
    return is_agreed and row.chosen != row.theirs and row.choice != Choice.APART


def _list_once(subjects: Mapping[int, tuple[Subject, Side]]) -> list[Subject]:
    """Return each record once, however many contacts it is."""
    return list({subject.record.key: subject for subject, _ in subjects.values()}.values())


def _follow(organisation: Organisation, rows: Sequence[Difference], *, by: User, now: datetime) -> None:
    client_ids = {row.link.client_id for row in rows}
    compare_clients(organisation, client_ids, by=name_person(by), now=now)


def _describe(rows: Sequence[Difference], subjects: Mapping[int, tuple[Subject, Side]], words: str) -> str:
    labels = ", ".join(sorted({FIELD_BY_NAME[row.field].label for row in rows}))
    names = sorted({subjects[row.link_id][0].fields.record.name for row in rows})
    of_whom = names[0] if len(names) == 1 else f"{len(names)} clients"
    return f"{labels} of {of_whom}{f': {words}' if words else ''}"
