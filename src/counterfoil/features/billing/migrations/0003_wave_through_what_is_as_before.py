"""Let a run say that it looks for what is as it was the last time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0002_isolate_and_keep_archives"),
    ]

    operations = [
        migrations.AlterField(
            model_name="billingrun",
            name="doing",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Nothing"),
                    ("making", "Making invoices"),
                    ("pushing", "Sending to the outbox"),
                    ("waving", "Looking for what is as last time"),
                ],
                default="",
                max_length=7,
            ),
        ),
    ]
