"""Bind these tables to the workspace of the transaction, and have the database note what is to be told."""

from django.db import migrations

from counterfoil.mirror.isolation import isolate

TABLES = ["subscription", "event", "posting"]

# Whoever writes, and however: what happened is noted in the same transaction, so that nothing told of is
# untrue and nothing true is lost. Without a subscription the statement finds none and writes nothing.
_FUNCTION = """
create function announcing_note_{name}() returns trigger language plpgsql as $$
begin
    insert into announcing_event
        (workspace_id, subscription_id, kind, organisation_id, stream, record_id, at)
    select subscription.workspace_id, subscription.id, {kind}, written.organisation_id, {stream}, {record},
           written.at
    from written
    join announcing_subscription subscription
      on subscription.workspace_id = written.workspace_id and {kind} = any (subscription.kinds)
    where subscription.is_on
    order by written.id;
    return null;
end $$
"""
_NOTED = {
    "mirror_change": ("change", "'record.' || written.kind", "written.stream", "written.xero_id"),
    "mirror_operationevent": (
        "write",
        "'write.' || written.after",
        "'Outbox'",
        "written.operation_id::text",
    ),
    "mirror_connectionevent": ("connection", "'connection.' || written.kind", "''", "''"),
}


class Migration(migrations.Migration):
    """Row-level security, forced on the owner too; the triggers."""

    dependencies = [("announcing", "0001_initial"), ("mirror", "0003_isolate_and_note")]

    operations = [
        *(isolate(f"announcing_{table}") for table in TABLES),
        *(
            migrations.RunSQL(
                sql=[
                    _FUNCTION.format(name=name, kind=kind, stream=stream, record=record),
                    f"create trigger note_event after insert on {table} referencing new table as written"
                    f" for each statement execute function announcing_note_{name}()",
                ],
                reverse_sql=[
                    f"drop trigger note_event on {table}",
                    f"drop function announcing_note_{name}()",
                ],
            )
            for table, (name, kind, stream, record) in _NOTED.items()
        ),
    ]
