"""
Erases one person: what the firm itself keeps about them goes or becomes nameless.

What is a copy of Xero stays, since it would come back with the next sync; so do books of account, and the
digests by which nobody is written to again who said STOP. The preview is the deed itself, taken back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from counterfoil.features.moving.models import Takeout
from counterfoil.features.privacy.finding import Subject, find_subject
from counterfoil.features.privacy.gathering import gather
from counterfoil.features.privacy.keeping import UNREADABLE, find_reason
from counterfoil.features.privacy.obstacles import find_obstacles
from counterfoil.features.privacy.owning import erase_owned, is_nameless
from counterfoil.features.privacy.sweeping import Words, sort_words, sweep
from counterfoil.features.reminding.ledger import get_ledger_key
from counterfoil.features.workspaces.audit import Act, record
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Workspace
from counterfoil.mirror.scope import in_workspace

_LEDGER = "reminding_ledgerentry"


@dataclass(frozen=True)
class Kept:
    """A kind of data that stays: how many rows of it there are, and why."""

    title: str
    rows: int
    reason: str


@dataclass(frozen=True)
class Erasure:
    """What goes with how many rows, what stays and why, whom it is about, and what stands in its way."""

    gone: dict[str, int]
    stays: list[Kept]
    names: list[str]
    words: Words
    obstacles: list[str]

    @property
    def is_nothing(self) -> bool:
        """Say whether the firm knows nothing about them."""
        return not self.gone and not self.stays

    @property
    def is_possible(self) -> bool:
        """Say whether there is something to erase and nothing in the way."""
        return bool(self.gone) and not self.obstacles


class NotErased(Exception):
    """Something stands in the way; nothing was changed."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = reasons
        super().__init__(" ".join(reasons))


def preview_erasure(*, workspace: Workspace, asked: Sequence[str], now: datetime) -> Erasure:
    """Return what erasing would do; nothing is changed."""
    with in_workspace(workspace.pk), transaction.atomic():
        erasure = _erase(asked, now=now)
        transaction.set_rollback(True)
    return erasure


def erase_person(
    *, workspace: Workspace, asked: Sequence[str], now: datetime, who: User | None = None
) -> Erasure:
    """
    Erase whom these words name, all of it or nothing; the audit log says how much, and not whom.

    Raises NotErased with nothing changed.
    """
    with in_workspace(workspace.pk):
        erasure = _erase(asked, now=now)
        if erasure.obstacles:
            raise NotErased(erasure.obstacles)
        if erasure.gone:
            Takeout.objects.all().delete()  # each holds them once more
            what = f"{sum(erasure.gone.values()):,} rows"
            record(workspace_id=workspace.pk, act=Act.PERSON_ERASED, who=who, what=what, now=now)
    return erasure


def _erase(asked: Sequence[str], *, now: datetime) -> Erasure:
    subject = find_subject(asked, key=get_ledger_key(now=now))
    words = sort_words([*asked, *subject.emails, *_list_called(subject)])
    obstacles = find_obstacles(subject, words)
    stays, names = _list_kept(subject), _list_names(subject)
    gone: dict[str, int] = {}
    if not obstacles:
        gone = {title: count for title, count in erase_owned(subject, words, now=now).items() if count}
        if mentions := sum(sweep(words).values()):
            gone["Mentioned in notes, names and other texts"] = mentions
    return Erasure(gone, stays, names, words, obstacles)


def _list_kept(subject: Subject) -> list[Kept]:
    kept = []
    for section in gather(subject):
        if section.table == _LEDGER:
            kept.append(Kept("Whether they want messages", len(section.rows), UNREADABLE))
        elif reason := find_reason(section.table):
            kept.append(Kept(section.title, len(section.rows), reason))
    return kept


def _list_called(subject: Subject) -> list[str]:
    """Everything that records of their own call them or reach them by."""
    return [
        text
        for row in _ask(
            "select array[name, email, phone, direct_phone, mobile_phone, fax] from clients_client"
            " where id = any(%(clients)s)"
            " union all select array[name, email, phone, direct_phone, mobile_phone, fax] from clients_person"
            " where id = any(%(people)s)"
            " union all select array[name, email, nullif(concat_ws(' ', nullif(first_name, ''),"
            " nullif(last_name, '')), '')] from mirror_contact where xero_id = any(%(contacts)s)",
            subject,
        )
        for text in row
        if text and not is_nameless(text)
    ]


def _list_names(subject: Subject) -> list[str]:
    names = _ask(
        "select name from clients_client where id = any(%(clients)s)"
        " union select name from clients_person where id = any(%(people)s)"
        " union select name from mirror_contact where xero_id = any(%(contacts)s) order by 1",
        subject,
    )
    return [str(name) for name in names]


def _ask(query: str, subject: Subject) -> list[list[str]]:
    given: dict[str, Any] = {name: getattr(subject, name) for name in ("clients", "people", "contacts")}
    with connection.cursor() as cursor:
        cursor.execute(query, given)
        return [row[0] for row in cursor.fetchall()]
