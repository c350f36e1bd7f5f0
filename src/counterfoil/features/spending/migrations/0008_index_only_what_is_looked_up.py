"""Index only what is looked up: each row of hundreds of thousands pays for every index it stands in."""

import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.tables import AtOnce

_KEPT_WITHOUT = {"null": True, "on_delete": django.db.models.deletion.SET_NULL, "related_name": "+"}


class Migration(migrations.Migration):
    """Few lines were decided by a person, and few parts are of a deal; clients have an index with the day."""

    dependencies = [
        ("clients", "0002_isolate_workspaces"),
        ("spending", "0007_keep_which_documents_cannot_be_read"),
    ]

    operations = [
        AtOnce(
            migrations.AlterField(
                model_name="line",
                name="verdict",
                field=models.ForeignKey(db_index=False, to="spending.verdict", **_KEPT_WITHOUT),
            ),
            migrations.AlterField(
                model_name="part",
                name="client",
                field=models.ForeignKey(db_index=False, to="clients.client", **_KEPT_WITHOUT),
            ),
            migrations.AlterField(
                model_name="part",
                name="deal",
                field=models.ForeignKey(db_index=False, to="clients.deal", **_KEPT_WITHOUT),
            ),
            migrations.AddIndex(
                model_name="line",
                index=models.Index(
                    condition=models.Q(("verdict__isnull", False)),
                    fields=["verdict"],
                    name="spending_line_of_verdict",
                ),
            ),
            migrations.AddIndex(
                model_name="part",
                index=models.Index(
                    condition=models.Q(("deal__isnull", False)), fields=["deal"], name="spending_part_of_deal"
                ),
            ),
        ),
    ]
