"""Bind these tables to the workspace of the transaction."""

from django.db import migrations

from counterfoil.mirror.isolation import isolate

TABLES = ["agreement", "difference", "fieldschoice", "push"]


class Migration(migrations.Migration):
    """Row-level security, forced on the owner too."""

    dependencies = [("two_way", "0001_initial")]

    operations = [
        *(isolate(f"two_way_{table}") for table in TABLES),
    ]
