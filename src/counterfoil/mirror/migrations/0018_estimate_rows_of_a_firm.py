"""
Let the planner know how many rows of a large table a firm may see.

The row-level policy compares the workspace as text, of which PostgreSQL keeps no statistics by itself: it
guesses that one row in two hundred is visible, and sorts on disk what it could have counted in memory.
"""

from django.db import migrations

TABLES = ["banktransaction", "contact", "creditnote", "invoice", "payment"]


class Migration(migrations.Migration):
    """Statistics on an expression, gathered whenever the table is analysed."""

    dependencies = [("mirror", "0017_keep_search_keys")]

    operations = [
        migrations.RunSQL(
            sql=f"create statistics {table}_of_workspace on (workspace_id::text) from mirror_{table}",
            reverse_sql=f"drop statistics {table}_of_workspace",
        )
        for table in TABLES
    ]
