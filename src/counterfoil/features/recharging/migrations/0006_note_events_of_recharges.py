"""Have the database note where recharges stand, for those who are told."""

from django.db import migrations

from counterfoil.features.announcing.noting import Noted, note_events

_NOTED = {
    "recharge": Noted(
        "recharging_recharge", "'recharge.' || written.state", "'Recharges'", at="written.changed_at",
        more=("written.client_id", "written.cost::text", "written.charge::text", "written.currency"),
        changed=("state",),
    )
}  # fmt: skip


class Migration(migrations.Migration):
    """Triggers."""

    dependencies = [
        ("announcing", "0003_tell_more_to_those_who_chose"),
        ("recharging", "0005_ask_about_another_rate"),
    ]

    operations = [step for name, noted in _NOTED.items() for step in note_events(noted, name=name)]
