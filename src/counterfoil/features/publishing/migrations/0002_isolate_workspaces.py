"""Bind the table to the workspace of the transaction."""

from django.db import migrations

from counterfoil.mirror.isolation import isolate


class Migration(migrations.Migration):
    """Row-level security, forced on the owner too."""

    dependencies = [("publishing", "0001_initial")]

    operations = [isolate("publishing_reader")]
