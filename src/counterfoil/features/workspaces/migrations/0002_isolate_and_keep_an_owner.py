"""Bind these tables to the workspace of the transaction, and refuse a firm left without an Owner."""

from django.db import migrations

from counterfoil.mirror.isolation import isolate

TABLES = ["auditentry", "invitation"]

# At commit, one transaction of a firm after the other: the later one waits for the row and then sees what
# the earlier one did. A new firm is judged once somebody's membership of it changes.
_FUNCTION = """
create function workspaces_keep_an_owner() returns trigger language plpgsql as $$
begin
    perform 1 from mirror_workspace where id = old.workspace_id for no key update;
    if found and not exists (
        select 1 from workspaces_membership where workspace_id = old.workspace_id and role = 'owner'
    ) then
        raise exception 'workspace % would have no owner', old.workspace_id
            using errcode = 'integrity_constraint_violation';
    end if;
    return null;
end $$
"""

_TRIGGER = """
create constraint trigger keep_an_owner after update or delete on workspaces_membership
deferrable initially deferred for each row when (old.role = 'owner')
execute function workspaces_keep_an_owner()
"""

# The table of Django's database cache, which counts attempts to sign in for all processes. What it holds
# may be lost, so it is unlogged: its writes do not wait for the disk.
_CACHE = [
    "create unlogged table counterfoil_cache ("
    "cache_key varchar(255) primary key, value text not null, expires timestamptz not null)",
    "create index counterfoil_cache_expires on counterfoil_cache (expires)",
]


class Migration(migrations.Migration):
    """The operations check first and say it in a sentence; this holds whoever writes."""

    dependencies = [("workspaces", "0001_initial")]

    operations = [
        *(isolate(f"workspaces_{table}") for table in TABLES),
        migrations.RunSQL(
            sql=[_FUNCTION, _TRIGGER],
            reverse_sql=[
                "drop trigger keep_an_owner on workspaces_membership",
                "drop function workspaces_keep_an_owner()",
            ],
        ),
        migrations.RunSQL(sql=_CACHE, reverse_sql="drop table counterfoil_cache"),
    ]
