"""The rules of countries as a firm has them: ours, with what it changed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time
from typing import Any

from counterfoil.domain.reminders.packs import PACKS, Hours, Pack, SenderNames, find_pack, narrow
from counterfoil.features.reminding.models import PackEdit, SenderChoices

_PLAIN = (
    *("on_holidays", "a_day", "a_week", "a_month"),
    *("needs_consent", "is_off", "needs_way_out", "hides_details"),
)


def read_packs(workspace_id: int, choices: SenderChoices) -> Mapping[str, Pack]:
    """
    Return all packs, by country, as they hold for a sender; one query.

    The firm's own version, within what the sender allows itself. Where texts are really carried, a country
    whose rules nobody here has reviewed waits for that.
    """
    edits = {edit.country: edit for edit in PackEdit.objects.filter(workspace_id=workspace_id)}
    is_carried = choices.provider != SenderChoices.Provider.SHOWN
    return {
        country: replace(
            narrow(
                apply_changes(find_pack(country), edits[country].changes if country in edits else {}),
                opens=choices.opens,
                closes=choices.closes,
                a_day=choices.a_day,
                a_week=choices.a_week,
                a_month=choices.a_month,
            ),
            needs_review=is_carried and not is_reviewed(edits.get(country), country),
        )
        for country in {*PACKS, *edits}
    }


def is_reviewed(edit: PackEdit | None, country: str) -> bool:
    """Say whether somebody here has reviewed the rules since ours were last brought up to date."""
    return (
        edit is not None
        and edit.reviewed_as_of is not None
        and edit.reviewed_as_of >= find_pack(country).as_of
    )


def apply_changes(pack: Pack, changes: Mapping[str, Any]) -> Pack:
    """Return the pack with what a firm changed in it."""
    plain = {name: changes[name] for name in _PLAIN if name in changes}
    if "names" in changes:
        plain["names"] = SenderNames(changes["names"])
    if "hours" in changes:
        plain["hours"] = tuple(_read_hours(each) for each in changes["hours"])
    if "extra_holidays" in changes:
        plain["extra_holidays"] = frozenset(date.fromisoformat(day) for day in changes["extra_holidays"])
    return replace(pack, **plain)


def write_changes(pack: Pack) -> dict[str, Any]:
    """Return what differs from ours, as it is kept."""
    ours = PACKS.get(pack.country) or replace(PACKS[""], country=pack.country)
    changes: dict[str, Any] = {
        name: getattr(pack, name) for name in _PLAIN if getattr(pack, name) != getattr(ours, name)
    }
    if pack.names is not ours.names:
        changes["names"] = pack.names.value
    if pack.hours != ours.hours:
        changes["hours"] = [each and [f"{each.opens:%H:%M}", f"{each.closes:%H:%M}"] for each in pack.hours]
    if pack.extra_holidays != ours.extra_holidays:
        changes["extra_holidays"] = sorted(day.isoformat() for day in pack.extra_holidays)
    return changes


def _read_hours(each: list[str] | None) -> Hours | None:
    return Hours(*map(time.fromisoformat, each)) if each else None
