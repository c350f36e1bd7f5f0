"""Looks at what the firm paid: notices what changed, withdraws what is not wanted, proposes the rest."""

from dataclasses import dataclass
from datetime import date, datetime

from counterfoil.features.recharging.models import Watch
from counterfoil.features.recharging.noticing import notice_changes, renew_rates
from counterfoil.features.recharging.proposing import propose_all, review_proposals
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.scope import in_workspace


@dataclass(frozen=True)
class Looked:
    """How many sources were other than seen, rates renewed, proposals withdrawn and made."""

    changed: int = 0
    rated: int = 0
    withdrawn: int = 0
    proposed: int = 0


def begin_watch(organisation: Organisation, *, since: date, by: str, now: datetime) -> Watch:
    """Look at what was paid from a day on. What was decided about earlier costs stays."""
    watch, _ = Watch.objects.update_or_create(
        organisation=organisation,
        defaults={"since": since, "begun_by": by, "begun_at": now},
        create_defaults={
            "workspace_id": organisation.workspace_id,
            "since": since,
            "begun_by": by,
            "begun_at": now,
        },
    )
    return watch


def find_watch(organisation: Organisation) -> Watch | None:
    """Return from when on an organisation's costs are looked at; None while recharging was not begun."""
    return Watch.objects.filter(organisation=organisation).first()


def look(organisation: Organisation, *, now: datetime) -> Looked:
    """
    Look at all that was paid since the watch began; doing it again finds nothing new.

    Costs are attributed before, by `spending`: what its rules say stands on the lines already.
    """
    with in_workspace(organisation.workspace_id):
        watch = find_watch(organisation)
    if watch is None:
        return Looked()
    found = Looked(
        changed=notice_changes(organisation, now=now),
        rated=renew_rates(organisation, now=now),
        withdrawn=review_proposals(organisation, now=now),
        proposed=propose_all(organisation, watch, now=now),
    )
    with in_workspace(organisation.workspace_id):
        Watch.objects.filter(pk=watch.pk).update(looked_at=now)
    return found
