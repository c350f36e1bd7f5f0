"""Keep the exports of a firm that wait to be fetched."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from counterfoil.mirror.tables import AtOnce


class Migration(migrations.Migration):
    """The exports and the pieces of their files."""

    initial = True

    dependencies = [
        ("mirror", "0005_name_the_schema_of_fold"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce(
            migrations.CreateModel(
                name="Takeout",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("asked_at", models.DateTimeField()),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("waiting", "Waiting"),
                                ("writing", "Being written"),
                                ("ready", "Ready"),
                                ("failed", "Failed"),
                            ],
                            default="waiting",
                            max_length=7,
                        ),
                    ),
                    ("tables_done", models.PositiveIntegerField(default=0)),
                    ("tables_total", models.PositiveIntegerField(default=0)),
                    ("rows", models.PositiveBigIntegerField(default=0)),
                    ("size", models.PositiveBigIntegerField(default=0)),
                    ("finished_at", models.DateTimeField(null=True)),
                    ("sentence", models.CharField(blank=True, max_length=500)),
                    (
                        "asked_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
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
                ],
            ),
            migrations.CreateModel(
                name="TakeoutPiece",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("place", models.PositiveIntegerField()),
                    ("content", models.BinaryField()),
                    (
                        "takeout",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="pieces",
                            to="moving.takeout",
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
                ],
            ),
        ),
        AtOnce(
            migrations.AddConstraint(
                model_name="takeout",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("state__in", ("waiting", "writing"))),
                    fields=("workspace",),
                    name="one_takeout_under_way",
                ),
            ),
            migrations.AddConstraint(
                model_name="takeoutpiece",
                constraint=models.UniqueConstraint(fields=("takeout", "place"), name="piece_once_per_place"),
            ),
        ),
    ]
