"""Keep every phone and both addresses of a client, in the parts that Xero keeps."""

import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.isolation import isolate


class Migration(migrations.Migration):
    """Wider columns, and a table that is bound to the workspace of the transaction."""

    dependencies = [
        ("clients", "0003_keep_search_keys"),
        ("mirror", "0017_keep_search_keys"),
    ]

    operations = [
        migrations.AddField(
            model_name="client",
            name="direct_phone",
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddField(
            model_name="client",
            name="fax",
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddField(
            model_name="client",
            name="mobile_phone",
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddField(
            model_name="person",
            name="direct_phone",
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddField(
            model_name="person",
            name="fax",
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddField(
            model_name="person",
            name="mobile_phone",
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AlterField(
            model_name="client",
            name="phone",
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AlterField(
            model_name="person",
            name="phone",
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.CreateModel(
            name="Address",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("street", "Street address"), ("postal", "Postal address")], max_length=6
                    ),
                ),
                ("attention_to", models.CharField(blank=True, max_length=255)),
                ("line_1", models.CharField(blank=True, max_length=500)),
                ("line_2", models.CharField(blank=True, max_length=500)),
                ("line_3", models.CharField(blank=True, max_length=500)),
                ("line_4", models.CharField(blank=True, max_length=500)),
                ("city", models.CharField(blank=True, max_length=255)),
                ("region", models.CharField(blank=True, max_length=255)),
                ("postal_code", models.CharField(blank=True, max_length=50)),
                ("country", models.CharField(blank=True, max_length=50)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="addresses",
                        to="clients.client",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="mirror.workspace"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("client", "kind"), name="address_once_per_kind")
                ],
            },
        ),
        isolate("clients_address"),
    ]
