"""Bring the policies of tables that are here already to what `isolate` writes now."""

from django.db import migrations

from counterfoil.mirror.isolation import POLICY

_ALTER_ALL = """
do $$ declare bound record; begin
    for bound in select tablename from pg_policies where policyname = 'of_workspace' loop
        execute format('alter policy of_workspace on %I using {policy} with check {policy}', bound.tablename);
    end loop;
end $$
"""


class Migration(migrations.Migration):
    """The same rows for the same workspaces, found sooner; the planner's own statistics say how many."""

    dependencies = [("mirror", "0023_count_what_lists_show")]

    operations = [
        migrations.RunSQL(
            sql=[_ALTER_ALL.format(policy=POLICY.replace("'", "''"))],
            reverse_sql=migrations.RunSQL.noop,
        )
    ]
