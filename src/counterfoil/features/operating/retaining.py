"""
How long things are kept, and what deletes them then.

What the mirror holds, what changed in it, and what people decided are kept as long as their organisation:
the past rests on them. What is listed here is what piles up beside that and loses its use.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models import Max

from counterfoil.features.access.models import KeptAnswer
from counterfoil.features.announcing.models import Event, Posting
from counterfoil.features.moving.models import Takeout
from counterfoil.features.webhooks.models import Refusal
from counterfoil.features.workspaces.audit import let_entries_go
from counterfoil.features.workspaces.models import AuditEntry
from counterfoil.mirror.models import Notice, Resync, Run, Verification
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.deliveries import list_old as list_old_deliveries

_AT_ONCE = 1000

Rows = models.QuerySet[Any]


@dataclass(frozen=True)
class Rule:
    """What is kept for the days of one setting; each part gives what is older than a moment."""

    setting: str
    what: str
    parts: Sequence[Callable[[datetime], Rows]]

    @property
    def days(self) -> int:
        """How many days it is kept; 0 is as long as the firm."""
        return int(settings.COUNTERFOIL_KEPT_DAYS[self.setting])


def list_old_runs(before: datetime) -> Rows:
    """Return the syncs that ended before, but for the latest of each kind: it says when and how it went."""
    latest = Run.objects.values("organisation", "kind").annotate(last=Max("pk")).values("last")
    return Run.objects.filter(finished_at__lt=before).exclude(pk__in=latest)


def list_old_verdicts(before: datetime) -> Rows:
    """Return the comparisons with Xero that ended before, but for the latest verdict of an organisation."""
    decided = Verification.objects.exclude(verdict="")
    latest = decided.values("organisation").annotate(last=Max("pk")).values("last")
    return Verification.objects.filter(finished_at__lt=before).exclude(pk__in=latest)


RULES: Sequence[Rule] = (
    Rule(
        "webhooks",
        "What Xero told by webhook",
        [
            lambda before: list_old_deliveries(before=before),
            lambda before: Notice.objects.filter(settled_at__lt=before),
            lambda before: Refusal.objects.filter(hour__lt=before),
        ],
    ),
    Rule(
        "events",
        "What other tools were told",
        [
            lambda before: Event.objects.filter(sent_at__lt=before),
            lambda before: Posting.objects.filter(at__lt=before),
        ],
    ),
    Rule(
        "answers",
        "What programs were answered under a key of their own",
        [lambda before: KeptAnswer.objects.filter(kept_at__lt=before)],
    ),
    Rule(
        "runs",
        "Syncs and comparisons with Xero, but for the latest of each kind",
        [
            list_old_runs,
            list_old_verdicts,
            lambda before: Resync.objects.filter(finished_at__lt=before),
        ],
    ),
    Rule(
        "exports",
        "Exports of the firm that wait to be fetched",
        [lambda before: Takeout.objects.filter(asked_at__lt=before)],
    ),
    Rule("audit", "Who did what in the firm", [lambda before: AuditEntry.objects.filter(at__lt=before)]),
)


def forget_all(*, now: datetime, at_once: int = _AT_ONCE) -> Mapping[str, int]:
    """
    Delete what is older than its rule says, a few rows in each transaction; return how many by table.

    A job that was cut off has deleted what it deleted; the next goes on.
    """
    deleted: dict[str, int] = {}
    for rule in RULES:
        if not rule.days:
            continue
        for part in rule.parts:
            _forget(lambda part=part, rule=rule: part(now - timedelta(days=rule.days)), at_once, deleted)  # type: ignore[misc]  # bound at once
    _forget(lambda: Session.objects.filter(expire_date__lt=now), at_once, deleted)
    return deleted


def _forget(find: Callable[[], Rows], at_once: int, deleted: dict[str, int]) -> None:
    while True:
        with across_workspaces():
            rows = find()
            keys = list(rows.order_by("pk").values_list("pk", flat=True)[:at_once])
            if not keys:
                return
            if rows.model is AuditEntry:
                let_entries_go()
            rows.model._default_manager.filter(pk__in=keys).delete()
        table = rows.model._meta.db_table
        deleted[table] = deleted.get(table, 0) + len(keys)
