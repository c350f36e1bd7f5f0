"""Let the audit log grow and nothing else: no entry is changed, and only what is too old is taken out."""

from django.db import migrations

_FUNCTION = """
create function workspaces_keep_audit() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_setting('counterfoil.forgets_audit', true) = 'on' then
        return old;
    end if;
    raise exception 'the audit log is only added to' using errcode = 'integrity_constraint_violation';
end $$
"""

_TRIGGER = """
create trigger keep_audit before update or delete on workspaces_auditentry
for each row execute function workspaces_keep_audit()
"""


class Migration(migrations.Migration):
    """What somebody did stays written, whoever writes to the database through Counterfoil."""

    dependencies = [("workspaces", "0002_isolate_and_keep_an_owner")]

    operations = [
        migrations.RunSQL(
            sql=[_FUNCTION, _TRIGGER],
            reverse_sql=[
                "drop trigger keep_audit on workspaces_auditentry",
                "drop function workspaces_keep_audit()",
            ],
        ),
    ]
