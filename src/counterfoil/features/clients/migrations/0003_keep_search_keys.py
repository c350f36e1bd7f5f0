"""Keep the keys by which clients, people and deals are found."""

from django.db import migrations, models

from counterfoil.mirror.models.searchable import BitField


class Migration(migrations.Migration):
    """Columns that the database computes."""

    dependencies = [
        ("mirror", "0017_keep_search_keys"),
        ("clients", "0002_isolate_workspaces"),
    ]

    operations = [
        migrations.AddField(
            model_name="client",
            name="name_grams",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(models.F("name"), function="counterfoil_grams"),
                output_field=BitField(),
            ),
        ),
        migrations.AddField(
            model_name="client",
            name="search_key",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(
                    models.Func(
                        models.F("name"),
                        models.Value("\n"),
                        models.F("number"),
                        models.Value("\n"),
                        models.F("email"),
                        arg_joiner=" || ",
                        template="%(expressions)s",
                    ),
                    function="counterfoil_search_key",
                ),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
        migrations.AddField(
            model_name="deal",
            name="name_grams",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(models.F("name"), function="counterfoil_grams"),
                output_field=BitField(),
            ),
        ),
        migrations.AddField(
            model_name="deal",
            name="search_key",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(
                    models.Func(models.F("name"), arg_joiner=" || ", template="%(expressions)s"),
                    function="counterfoil_search_key",
                ),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
        migrations.AddField(
            model_name="person",
            name="name_grams",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(models.F("name"), function="counterfoil_grams"),
                output_field=BitField(),
            ),
        ),
        migrations.AddField(
            model_name="person",
            name="search_key",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(
                    models.Func(
                        models.F("name"),
                        models.Value("\n"),
                        models.F("email"),
                        models.Value("\n"),
                        models.F("position"),
                        arg_joiner=" || ",
                        template="%(expressions)s",
                    ),
                    function="counterfoil_search_key",
                ),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
    ]
