"""Finds the line of an invoice on which a link ends, once the invoice is in Xero and its lines have ids."""

from collections.abc import Sequence
from typing import Any

import msgspec

from counterfoil.mirror.models import Invoice
from counterfoil.xero.wishes import EditLink, LineSought, NewLink, Wish


def aim(wish: Wish, organisation_id: int) -> Wish:
    """
    Return the wish with the id of the line that it seeks; as it is where nothing is sought or found.

    It is known by its words, since somebody may have put another line before it; only of two with the same
    words does the place decide.
    """
    if not isinstance(wish, NewLink | EditLink) or wish.sought is None or not wish.target_id:
        return wish
    held = Invoice.objects.filter(organisation_id=organisation_id, xero_id=wish.target_id).first()
    lines = msgspec.json.decode(held.raw).get("LineItems") if held else None
    line_id = _find_line(lines or [], wish.sought)
    return msgspec.structs.replace(wish, target_line_id=line_id) if line_id else wish


def _find_line(lines: Sequence[dict[str, Any]], sought: LineSought) -> str:
    alike = {
        place: str(line.get("LineItemID", ""))
        for place, line in enumerate(lines, start=1)
        if str(line.get("Description") or "").strip() == sought.words.strip()
    }
    if len(alike) == 1:
        return next(iter(alike.values()))
    return alike.get(sought.place, "")
