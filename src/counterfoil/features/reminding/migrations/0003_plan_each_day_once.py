"""Remember which day of a campaign was planned last."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column."""

    dependencies = [
        ("reminding", "0002_isolate_workspaces"),
    ]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="planned_through",
            field=models.DateField(null=True),
        ),
    ]
