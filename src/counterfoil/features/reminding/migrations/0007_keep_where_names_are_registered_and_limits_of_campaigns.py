"""Keep in which countries a sender's name is registered, a campaign's own limit, and which numbers are tried."""

import django.contrib.postgres.fields
from django.db import migrations, models

from counterfoil.mirror.tables import AtOnce


class Migration(migrations.Migration):
    """Columns."""

    dependencies = [("reminding", "0006_note_events_of_reminders")]

    operations = [
        AtOnce(
            migrations.AddField(
                model_name="campaign",
                name="daily_limit",
                field=models.PositiveIntegerField(blank=True, null=True),
            ),
            migrations.AddField(
                model_name="senderchoices",
                name="registered_in",
                field=django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=2), blank=True, default=list, size=None
                ),
            ),
            migrations.AddField(
                model_name="senderchoices", name="tries_phone", field=models.BooleanField(default=True)
            ),
            migrations.AddField(
                model_name="senderchoices", name="tries_direct", field=models.BooleanField(default=True)
            ),
        ),
        migrations.RunSQL(
            sql=[
                "select set_config('counterfoil.workspace', '*', true)",
                # Those whose rules of 2026-11-22 ask for a register: one tick stood for all of them.
                "update reminding_senderchoices set registered_in = '{AU,ES,FI,FR,IE,IN,PH,SG}'"
                " where is_registered",
                "select set_config('counterfoil.workspace', '', true)",
            ],
            reverse_sql=migrations.RunSQL.noop,
        ),
        migrations.RemoveField(model_name="senderchoices", name="is_registered"),
    ]
