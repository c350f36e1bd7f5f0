"""Keep answers to help pages and how often each is read."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from counterfoil.mirror.tables import AtOnce


class Migration(migrations.Migration):
    """Both tables of helping."""

    initial = True

    dependencies = [
        ("mirror", "0002_initial"),
        ("workspaces", "__first__"),
    ]

    operations = [
        AtOnce(
            migrations.CreateModel(
                name="HelpAnswer",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("article", models.CharField(max_length=60)),
                    (
                        "who",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("helped", models.BooleanField()),
                    ("words", models.TextField(blank=True)),
                    ("at", models.DateTimeField()),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("workspace", "article", "who"), name="one_answer_each"
                        )
                    ],
                },
            ),
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
                    "constraints": [
                        models.UniqueConstraint(fields=("article", "day"), name="one_count_a_day")
                    ],
                },
            ),
        ),
    ]
