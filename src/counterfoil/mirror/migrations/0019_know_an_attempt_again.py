"""Keep by what the body of an attempt is known again, and what was alike in Xero before it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Two columns of a table that may still be empty."""

    dependencies = [
        ("mirror", "0018_estimate_rows_of_a_firm"),
    ]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="digest",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="attempt",
            name="known",
            field=models.JSONField(default=list),
        ),
    ]
