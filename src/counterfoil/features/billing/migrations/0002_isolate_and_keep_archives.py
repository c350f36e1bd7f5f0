"""Bind these tables to the workspace of the transaction, and refuse any change of an archived run."""

from django.db import migrations

from counterfoil.mirror.isolation import isolate

TABLES = [
    "agreement",
    "agreementchange",
    "agreementline",
    "billingchoices",
    "billingrun",
    "expense",
    "lineprice",
    "pause",
    "rate",
    "ratecard",
    "runinvoice",
    "service",
    "timeentry",
    "unitcount",
]

# A forgotten organisation only takes its number along.
_FUNCTION = """
create function billing_keep_archive() returns trigger language plpgsql as $$
begin
    if to_jsonb(new) - 'organisation_id' is distinct from to_jsonb(old) - 'organisation_id' then
        raise exception 'run % is archived and stays as it was', old.id
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end $$
"""

_TRIGGER = """
create trigger keep_archive before update on billing_billingrun
for each row when (old.state = 'archived') execute function billing_keep_archive()
"""


class Migration(migrations.Migration):
    """The operations refuse it first, in a sentence; this holds whoever writes."""

    dependencies = [("billing", "0001_initial")]

    operations = [
        *(isolate(f"billing_{table}") for table in TABLES),
        migrations.RunSQL(
            sql=[_FUNCTION, _TRIGGER],
            reverse_sql=[
                "drop trigger keep_archive on billing_billingrun",
                "drop function billing_keep_archive()",
            ],
        ),
    ]
