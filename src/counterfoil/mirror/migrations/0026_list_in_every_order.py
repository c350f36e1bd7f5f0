"""Find the first and last rows of each order that a list can be in."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Four indexes."""

    dependencies = [
        ("mirror", "0025_sum_what_is_owed"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                fields=["organisation", "kind", "-due_date", "-number", "xero_id"], name="invoice_latest_due"
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                fields=["organisation", "kind", "-number", "xero_id"], name="invoice_by_number"
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                fields=["organisation", "kind", "-amount_due", "-number", "xero_id"], name="invoice_most_due"
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                fields=["organisation", "kind", "-total", "-number", "xero_id"], name="invoice_largest"
            ),
        ),
    ]
