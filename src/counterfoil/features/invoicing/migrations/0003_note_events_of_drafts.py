"""Have the database note what becomes of drafts, for those who are told."""

from django.db import migrations

from counterfoil.features.announcing.noting import Noted, note_events

_MORE = (
    "written.contact_id", "written.reference", "written.date", "written.due_date", "written.currency",
)  # fmt: skip
_NOTED = {
    "draft": Noted(
        "invoicing_invoicedraft", "'draft.created'", "'Drafts'", at="written.created_at", more=_MORE
    ),
    "draft_edit": Noted(
        "invoicing_invoicedraft", "'draft.changed'", "'Drafts'", at="written.changed_at", more=_MORE,
        changed=("changed_at",), is_told_when_new=False,
    ),
}  # fmt: skip


class Migration(migrations.Migration):
    """Triggers."""

    dependencies = [
        ("announcing", "0003_tell_more_to_those_who_chose"),
        ("invoicing", "0002_isolate_workspaces"),
    ]

    operations = [step for name, noted in _NOTED.items() for step in note_events(noted, name=name)]
