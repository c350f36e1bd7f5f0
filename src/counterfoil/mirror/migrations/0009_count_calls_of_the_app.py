"""Count the calls of an app to all its organisations, of whatever workspace."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One row for each app; it tells counts and times only."""

    dependencies = [
        ("mirror", "0008_choose_the_rhythm"),
    ]

    operations = [
        migrations.CreateModel(
            name="AppBudget",
            fields=[
                ("client_id", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("state", models.JSONField(default=dict)),
            ],
        ),
    ]
