"""Count how often each page of the help is read."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A count for the whole installation: it belongs to no firm, and so carries no policy."""

    dependencies = [("helping", "0001_keep_answers")]

    operations = [
        migrations.CreateModel(
            name="ReadsOfDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("article", models.CharField(max_length=60)),
                ("day", models.DateField()),
                ("reads", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("article", "day"), name="one_count_a_day")],
            },
        ),
    ]
