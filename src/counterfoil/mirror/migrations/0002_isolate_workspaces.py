"""Bind every table of a workspace's data to the workspace of the transaction."""

from django.db import migrations

from counterfoil.mirror.isolation import isolate

TABLES = [
    "account", "attachment", "banktransaction", "batchpayment", "brandingtheme", "change", "connection",
    "contact", "contactgroup", "creditnote", "currency", "cursor", "expenseclaim", "gatebudget", "grant", "invoice",
    "item", "linkedtransaction", "manualjournal", "organisation", "organisationprofile", "overpayment",
    "payment", "prepayment", "quarantined", "repeatinginvoice", "report", "run", "streamrun", "taxrate",
    "trackingcategory", "usage", "xerouser",
]  # fmt: skip


class Migration(migrations.Migration):
    """Row-level security, forced on the owner too."""

    dependencies = [("mirror", "0001_initial")]
    operations = [isolate(f"mirror_{table}") for table in TABLES]
