"""Let the words of an entry of the audit log lose a name that the law has us erase, and nothing else."""

from django.db import migrations

_BEFORE = """
create or replace function workspaces_keep_audit() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_setting('counterfoil.forgets_audit', true) = 'on' then
        return old;
    end if;
    raise exception 'the audit log is only added to' using errcode = 'integrity_constraint_violation';
end $$
"""

_AFTER = """
create or replace function workspaces_keep_audit() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_setting('counterfoil.forgets_audit', true) = 'on' then
        return old;
    end if;
    if tg_op = 'UPDATE' and current_setting('counterfoil.erases_person', true) = 'on'
        and to_jsonb(new) - 'what' = to_jsonb(old) - 'what'
    then
        return new;
    end if;
    raise exception 'the audit log is only added to' using errcode = 'integrity_constraint_violation';
end $$
"""


class Migration(migrations.Migration):
    """Who did what and when stays written; only what it was done to can become nameless."""

    dependencies = [("workspaces", "0003_append_only_audit")]

    operations = [migrations.RunSQL(sql=_AFTER, reverse_sql=_BEFORE)]
