"""Find the invoices that changed after a moment, to show how they stood before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One more index on the invoices."""

    dependencies = [
        ("mirror", "0009_count_calls_of_the_app"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["organisation", "changed_here_at"], name="invoice_latest_change"),
        ),
    ]
