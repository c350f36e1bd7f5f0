"""Keep which role of the database reads which firm."""

import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.tables import AtOnce


class Migration(migrations.Migration):
    """The one table of publishing."""

    initial = True

    dependencies = [("mirror", "0005_name_the_schema_of_fold")]

    operations = [
        AtOnce(
            migrations.CreateModel(
                name="Reader",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("role_name", models.CharField(max_length=63, unique=True)),
                    ("made_at", models.DateTimeField()),
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
    ]
