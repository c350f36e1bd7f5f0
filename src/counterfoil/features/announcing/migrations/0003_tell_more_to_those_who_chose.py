"""Let a subscription choose to be told more than ids, and tell of syncs."""

from django.db import migrations, models

from counterfoil.features.announcing.noting import Noted, note_events
from counterfoil.mirror.tables import AtOnce

_OLD = {"mirror_change": "change", "mirror_operationevent": "write", "mirror_connectionevent": "connection"}
_NEW = {
    "change": Noted(
        "mirror_change", "'record.' || written.kind", "written.stream", at="written.at", record="written.xero_id",
        more=("written.why", "written.before", "written.after"),
    ),
    "write": Noted(
        "mirror_operationevent", "'write.' || written.after", "'Outbox'", at="written.at",
        record="written.operation_id::text",
        more=("written.before", "written.who", "written.sentence", "operation.kind", "operation.reference", "operation.amount::text",
              "operation.currency"),
        joins="join mirror_operation operation on operation.id = written.operation_id",
    ),
    "connection": Noted(
        "mirror_connectionevent", "'connection.' || written.kind", "''", at="written.at", record="''",
        more=("written.what",),
    ),
    "sync": Noted(
        "mirror_run", "'sync.' || written.state", "'Runs'", at="coalesce(written.finished_at, now())",
        more=("written.kind", "written.reason", "written.sentence", "written.next_step",
              "written.needs_person"), changed=("state",),
    ),
}  # fmt: skip


class Migration(migrations.Migration):
    """Two columns, and the triggers anew."""

    dependencies = [("announcing", "0002_isolate_and_note_events")]

    operations = [
        AtOnce(
            migrations.AddField(
                model_name="subscription",
                name="holds_more",
                field=models.BooleanField(default=False),
            ),
            migrations.AddField(
                model_name="event",
                name="more",
                field=models.JSONField(null=True),
            ),
        ),
        *(
            migrations.RunSQL(
                sql=[f"drop trigger note_event on {table}", f"drop function announcing_note_{name}()"],
                reverse_sql=migrations.RunSQL.noop,
            )
            for table, name in _OLD.items()
        ),
        *(step for name, noted in _NEW.items() for step in note_events(noted, name=name)),
    ]
