"""The notes on a record: what was done to it, by whom (FACTS 7.9)."""

from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.rows import Record
from xero_sandbox.wire.datekit import render_iso_ms, render_ms

SYSTEM_USER = "System Generated"
LONGEST_NOTE = 2_500


def add_history(
    organisation: Organisation, endpoint: str, record_id: str, *, changes: str, details: str = ""
) -> Record:
    """Note something on a record; nothing takes a note back."""
    ms = organisation.clock.now_ms()
    note: Record = {
        "Changes": changes,
        "DateUTCString": render_iso_ms(ms)[:19],
        "DateUTC": render_ms(ms),
        "User": SYSTEM_USER,
        "Details": details,
    }
    notes = organisation.history[endpoint, record_id]
    notes.insert(0, note)
    organisation.note_undo(lambda: notes.remove(note))
    return note
