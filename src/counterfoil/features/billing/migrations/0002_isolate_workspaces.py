"""Bind the tables of billing to the workspace of the transaction."""

from django.db import migrations

from counterfoil.mirror.isolation import isolate

TABLES = [
    "agreement",
    "agreementline",
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


class Migration(migrations.Migration):
    """Row-level security, forced on the owner too."""

    dependencies = [("billing", "0001_keep_agreements_and_runs")]
    operations = [isolate(f"billing_{table}") for table in TABLES]
