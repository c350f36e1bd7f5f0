"""Have the database note what becomes of reminders, for those who are told."""

from django.db import migrations

from counterfoil.features.announcing.noting import Noted, note_events

_NOTED = {
    "reminder": Noted(
        # What somebody here sent to themselves to see it reached nobody else.
        "reminding_message", "case when not written.is_test then 'reminder.' || written.state end",
        "'Messages'", changed=("state",),
        more=("written.campaign_id", "written.contact_id", "written.channel"), is_told_when_new=False,
    ),
    "reply": Noted(
        "reminding_reply", "'reminder.answered'", "'Replies'", at="written.received_at",
        more=("written.contact_id", "written.meaning"),
    ),
    # Of whom is a digest, which tells nobody anything; whoever is told reads the rest with a token.
    "wish": Noted(
        "reminding_ledgerentry", "'reminder.' || written.act", "'OptOuts'", at="written.at",
        organisation="null::bigint", more=("written.channel", "written.source"),
    ),
}  # fmt: skip


class Migration(migrations.Migration):
    """Triggers."""

    dependencies = [
        ("announcing", "0003_tell_more_to_those_who_chose"),
        ("reminding", "0005_keep_tests_links_and_held_clients"),
    ]

    operations = [step for name, noted in _NOTED.items() for step in note_events(noted, name=name)]
