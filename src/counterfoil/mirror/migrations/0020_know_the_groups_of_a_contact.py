"""Know which groups a contact is in: its own text says so, and Xero lists no group with its members."""

import django.contrib.postgres.fields
from django.db import migrations, models

_GROUPS = """
create function counterfoil_groups(raw json) returns text[]
language sql immutable parallel safe strict
return case when json_typeof(raw -> 'ContactGroups') = 'array' then (
    select coalesce(array_agg(said ->> 'ContactGroupID'), '{}')
    from json_array_elements(raw -> 'ContactGroups') as said
) else '{}' end
"""


class Migration(migrations.Migration):
    """A column that the database computes."""

    dependencies = [("mirror", "0019_know_an_attempt_again")]

    operations = [
        migrations.RunSQL(sql=[_GROUPS], reverse_sql=["drop function counterfoil_groups"]),
        migrations.AddField(
            model_name="contact",
            name="group_ids",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(models.F("raw"), function="counterfoil_groups"),
                output_field=django.contrib.postgres.fields.ArrayField(
                    base_field=models.TextField(db_collation="C"), size=None
                ),
            ),
        ),
    ]
