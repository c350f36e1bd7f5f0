"""Sum what is owed from its own index, which lacked the status that what is overdue asks for."""

from django.db import migrations, models

OWED = models.Q(gone_at=None, status="AUTHORISED", amount_due__gt=0)


class Migration(migrations.Migration):
    """The same index with one column more."""

    dependencies = [("mirror", "0024_compare_workspaces_as_numbers")]

    operations = [
        migrations.RemoveIndex(model_name="invoice", name="invoice_owed"),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                fields=["organisation", "kind", "contact_id", "currency"],
                include=("workspace", "amount_due", "due_date", "status", "xero_id"),
                name="invoice_owed",
                condition=OWED,
            ),
        ),
    ]
