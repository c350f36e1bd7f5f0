"""Keep how often each organisation is asked, and what a programmer needs to know of a failure."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Automatic where nobody chose; an hour until the first run told what fits."""

    dependencies = [
        ("mirror", "0007_follow_connections"),
    ]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="chosen_seconds",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="connection",
            name="fitting_seconds",
            field=models.PositiveIntegerField(default=3600),
        ),
        migrations.AddField(
            model_name="streamrun",
            name="correlation_id",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="streamrun",
            name="fault",
            field=models.TextField(blank=True),
        ),
        migrations.AlterField(
            model_name="run",
            name="kind",
            field=models.CharField(
                choices=[
                    ("full", "Full copy"),
                    ("delta", "Changes"),
                    ("sweep", "Daily check"),
                    ("webhook", "News from Xero"),
                    ("again", "Single records"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["organisation", "kind", "-started_at"], name="run_latest_of_kind"),
        ),
    ]
