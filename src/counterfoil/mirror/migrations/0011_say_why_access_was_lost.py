"""Keep why access was lost beside the sentence, and count the calls that could change Xero."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Empty for what was lost before."""

    dependencies = [
        ("mirror", "0010_find_latest_changes"),
    ]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="lost_reason",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="usage",
            name="writes",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
