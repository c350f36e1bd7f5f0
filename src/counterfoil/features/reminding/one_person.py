"""Everything about one person in one file, for whoever asks: messages, replies, and what they wanted."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from counterfoil.features.reminding.models import Message, Reply
from counterfoil.features.reminding.wishing import Somebody, list_words
from counterfoil.mirror.models import Organisation

COLUMNS = ("when", "what", "state", "words", "reason", "who", "provider", "provider_id")


def list_everything(organisation: Organisation, somebody: Somebody) -> Iterator[tuple[Any, ...]]:
    """Return every message to a person, every answer, and every wish of theirs, by time; three queries."""
    rows: list[tuple[datetime, tuple[Any, ...]]] = []
    mine = {"organisation": organisation, "digest": somebody.digest}
    for one in Message.objects.filter(**mine).select_related("campaign"):
        moment = one.started_at or one.planned_at
        details = (one.text, one.reason, one.campaign.name, one.provider, one.provider_id)
        rows.append((moment, ("message", one.get_state_display(), *details)))
    for reply in Reply.objects.filter(**mine):
        details = (reply.text, reply.meaning, reply.decided_by, reply.provider, reply.provider_id)
        rows.append((reply.received_at, ("reply", reply.get_answer_state_display(), *details)))
    for word in list_words(organisation, somebody):
        said = f"{word.get_source_display()}: {word.note}" if word.note else word.get_source_display()
        rows.append((word.at, ("wish", word.get_act_display(), word.shown, said, word.who, "", "")))
    for moment, cells in sorted(rows, key=lambda row: row[0]):
        yield (moment, *cells)
