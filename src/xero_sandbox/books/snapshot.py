"""A whole organisation as one JSON value, and back."""

import base64
from datetime import date
from random import Random
from typing import Any

import msgspec

from xero_sandbox.books.organisation import Attachment, Organisation
from xero_sandbox.clock import Clock


class SnapshotUnreadable(ValueError):
    """The value was not made by `dump_organisation`."""

    def __init__(self) -> None:
        super().__init__("This is not a state that the stand-in saved")


def dump_organisation(organisation: Organisation) -> dict[str, Any]:
    """Return everything an organisation holds; records stay in the bytes they are kept in."""
    return {
        "tables": {
            name: [msgspec.Raw(row.body) for row in table] for name, table in organisation.tables.items()
        },
        "group_members": organisation.group_members,
        "attachments": [
            {
                "endpoint": endpoint,
                "record": record_id,
                "id": item.attachment_id,
                "name": item.file_name,
                "type": item.mime_type,
                "online": item.include_online,
                "content": base64.b64encode(item.content).decode(),
            }
            for (endpoint, record_id), items in organisation.attachments.items()
            for item in items
        ],
        "history": [
            {"endpoint": endpoint, "record": record_id, "notes": notes}
            for (endpoint, record_id), notes in organisation.history.items()
        ],
        "next_invoice_number": organisation.next_invoice_number,
        "next_credit_note_number": organisation.next_credit_note_number,
        "role": organisation.role,
        "raised_on": organisation.raised_on.isoformat() if organisation.raised_on else None,
    }


def load_organisation(saved: dict[str, Any], clock: Clock) -> Organisation:
    """Return an organisation as it was saved, or raise SnapshotUnreadable."""
    try:
        return _load(saved, clock)
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise SnapshotUnreadable from error


def _load(saved: dict[str, Any], clock: Clock) -> Organisation:
    (profile,) = saved["tables"]["Organisation"]
    made = Organisation(profile=profile, clock=clock, seed=0)
    for endpoint, records in saved["tables"].items():
        for record in records:
            made.add_loaded(endpoint, record)
    for group_id, members in saved["group_members"].items():
        made.group_members[group_id] = members
    for item in saved["attachments"]:
        made.attachments[item["endpoint"], item["record"]].append(
            Attachment(
                item["id"], item["name"], item["type"], base64.b64decode(item["content"]), item["online"]
            )
        )
    for item in saved["history"]:
        made.history[item["endpoint"], item["record"]] = item["notes"]
    made.next_invoice_number = saved["next_invoice_number"]
    made.next_credit_note_number = saved["next_credit_note_number"]
    made.role = saved.get("role", made.role)
    made.raised_on = date.fromisoformat(saved["raised_on"]) if saved.get("raised_on") else None
    made.finish_loading()
    # The sequence of identifiers goes on elsewhere, so that none is given twice.
    made.rng = Random(f"{made.tenant_id}:{made.next_stamp()}")  # noqa: S311 -- identifiers, not secrets
    return made
