"""The rules of countries as a firm has them: which there are, changing its own version, and reviewing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet

from counterfoil.domain.reminders.packs import PACKS, Hours, Pack, find_pack
from counterfoil.features.reminding.audience import select_contacts, select_unpaid
from counterfoil.features.reminding.models import Campaign, Channel, PackEdit, PackEvent, Reach
from counterfoil.features.reminding.packing import apply_changes, is_reviewed, write_changes
from counterfoil.features.workspaces.audit import Act, name_person, record
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Organisation

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LABELS = {
    "on_holidays": "Texts on public holidays",
    "a_day": "Most to one person in a day",
    "a_week": "Most to one person in seven days",
    "a_month": "Most to one person in 31 days",
    "needs_consent": "A consent is needed",
    "needs_way_out": "Every text says how to end them",
    "hides_details": "Texts name no amounts, invoices or days",
    "is_off": "Nobody there is texted",
}
_HISTORY = 50


@dataclass(frozen=True, slots=True)
class Rules:
    """A country's rules: the firm's version, ours, who reviewed them, and how many customers are there."""

    country: str
    pack: Pack
    ours: Pack
    edit: PackEdit | None
    customers: int

    @property
    def is_reviewed(self) -> bool:
        """Say whether somebody here has reviewed them as they are now."""
        return is_reviewed(self.edit, self.country)

    @property
    def is_outdated(self) -> bool:
        """Say whether they were reviewed, and ours were brought up to date since."""
        return self.edit is not None and self.edit.reviewed_as_of is not None and not self.is_reviewed

    @property
    def is_changed(self) -> bool:
        """Say whether the firm's version differs from ours."""
        return self.edit is not None and bool(self.edit.changes)


def list_rules(organisation: Organisation) -> list[Rules]:
    """Return all countries' rules, those first where customers are; two queries."""
    edits = {edit.country: edit for edit in PackEdit.objects.filter(workspace=organisation.workspace_id)}
    customers = _count_by_country(Reach.objects.filter(organisation=organisation))
    rules = [
        _describe(country, edits.get(country), customers.get(country, 0))
        for country in {*PACKS, *edits, *customers}
    ]
    return sorted(rules, key=lambda one: (-one.customers, one.country == "", one.country))


def list_unreviewed(campaign: Campaign, *, today: date) -> list[Rules]:
    """
    Return the rules that nobody here has reviewed of the countries a campaign texts; three queries.

    It can be activated all the same: the guard sends nothing there until somebody has.
    """
    if campaign.channel != Channel.TEXT:
        return []
    is_broadcast = campaign.kind == Campaign.Kind.BROADCAST
    contacts: Any = (
        select_contacts(campaign, today=today).values("xero_id")
        if is_broadcast
        else select_unpaid(campaign, today=today).values("contact_id")
    )
    reached = Reach.objects.filter(organisation=campaign.organisation_id, contact_id__in=contacts)
    customers = _count_by_country(reached)
    known = PackEdit.objects.filter(workspace=campaign.workspace_id)
    edits = {edit.country: edit for edit in known}
    rules = [_describe(country, edits.get(country), count) for country, count in customers.items()]
    waiting = [one for one in rules if not one.is_reviewed]
    return sorted(waiting, key=lambda one: (-one.customers, one.country))


def find_rules(workspace_id: int, country: str) -> Rules | None:
    """Return a country's rules; None for what is no country. One query."""
    if country and not (len(country) == len("NZ") and country.isascii() and country.isupper()):
        return None
    country = find_pack(country).country
    edit = PackEdit.objects.filter(workspace=workspace_id, country=country).first()
    return _describe(country, edit, 0)


def change_rules(*, workspace_id: int, pack: Pack, source: str, by: User, now: datetime) -> bool:
    """
    Keep the firm's version of a country's rules; return whether anything differs from before.

    What was changed has to be reviewed again.
    """
    before = find_rules(workspace_id, pack.country)
    assert before is not None
    differences = list_differences(before.pack, pack)
    if not differences:
        return False
    _keep(workspace_id, pack, PackEvent.Act.CHANGED, differences, source=source, by=by, now=now)
    return True


def reset_rules(*, workspace_id: int, country: str, by: User, now: datetime) -> None:
    """Take our version again."""
    before = find_rules(workspace_id, country)
    assert before is not None
    differences = list_differences(before.pack, before.ours)
    _keep(workspace_id, before.ours, PackEvent.Act.RESET, differences, source="", by=by, now=now)


def review_rules(*, workspace_id: int, country: str, by: User, now: datetime) -> None:
    """Note that somebody has read the rules as they are now, and stands by them."""
    who = name_person(by)
    with transaction.atomic():
        edit, _ = PackEdit.objects.get_or_create(workspace_id=workspace_id, country=country)
        edit.reviewed_by, edit.reviewed_at = who, now
        edit.reviewed_as_of = find_pack(country).as_of
        edit.save()
        _note(workspace_id, country, PackEvent.Act.REVIEWED, [], "", who, now)
        record(workspace_id=workspace_id, act=Act.RULES_REVIEWED, who=by, what=_name(country), now=now)


def list_history(workspace_id: int, country: str) -> Sequence[PackEvent]:
    """Return what was done with a country's rules, the latest first; one query."""
    return list(PackEvent.objects.filter(workspace=workspace_id, country=country).order_by("-pk")[:_HISTORY])


def list_differences(before: Pack, after: Pack) -> list[list[str]]:
    """Return each difference as what it is about, how it was, and how it is."""
    found = [
        [label, _say(getattr(before, name)), _say(getattr(after, name))]
        for name, label in _LABELS.items()
        if getattr(before, name) != getattr(after, name)
    ]
    if before.names is not after.names:
        found.append(["Names as senders", before.names.value, after.names.value])
    found += [
        [day, _say_hours(one), _say_hours(other)]
        for day, one, other in zip(_DAYS, before.hours, after.hours, strict=True)
        if one != other
    ]
    if before.extra_holidays != after.extra_holidays:
        days = [", ".join(sorted(map(str, pack.extra_holidays))) for pack in (before, after)]
        found.append(["Own holidays", days[0] or "none", days[1] or "none"])
    return found


def _count_by_country(reached: "QuerySet[Reach]") -> Mapping[str, int]:
    """Return how many of them have a number in which country."""
    customers: dict[str, int] = {}
    counted: Any = reached.exclude(number="").order_by().values("region").annotate(count=Count("pk"))
    for row in counted:
        country = find_pack(row["region"]).country
        customers[country] = customers.get(country, 0) + row["count"]
    return customers


def _describe(country: str, edit: PackEdit | None, customers: int) -> Rules:
    ours = find_pack(country)
    return Rules(country, apply_changes(ours, edit.changes if edit else {}), ours, edit, customers)


def _keep(
    workspace_id: int,
    pack: Pack,
    act: str,
    differences: list[list[str]],
    *,
    source: str,
    by: User,
    now: datetime,
) -> None:
    with transaction.atomic():
        PackEdit.objects.update_or_create(
            workspace_id=workspace_id,
            country=pack.country,
            defaults={
                "changes": write_changes(pack),
                "source": source,
                "reviewed_by": "",
                "reviewed_at": None,
                "reviewed_as_of": None,
            },
        )
        _note(workspace_id, pack.country, act, differences, source, name_person(by), now)
        record(workspace_id=workspace_id, act=Act.RULES_CHANGED, who=by, what=_name(pack.country), now=now)


def _note(
    workspace_id: int,
    country: str,
    act: str,
    differences: list[list[str]],
    source: str,
    who: str,
    now: datetime,
) -> None:
    PackEvent.objects.create(
        workspace_id=workspace_id,
        country=country,
        act=act,
        differences=differences,
        source=source,
        who=who,
        at=now,
    )


def _name(country: str) -> str:
    return country or "all other countries"


def _say(value: bool | int) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _say_hours(hours: Hours | None) -> str:
    return f"{hours.opens:%H:%M} to {hours.closes:%H:%M}" if hours else "none"
