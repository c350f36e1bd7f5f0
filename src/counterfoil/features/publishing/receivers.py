"""Keeps the views out of the way while tables change, and makes them again afterwards."""

from typing import Any

from django.apps import apps as installed
from django.db.models.signals import post_migrate, pre_migrate
from django.dispatch import receiver

from counterfoil.features.publishing.building import build_views, drop_views
from counterfoil.features.publishing.models import Reader

_APP = installed.get_app_config("publishing")


@receiver(pre_migrate, sender=_APP)
def make_way(plan: list[Any], **_: Any) -> None:
    """A column that a view reads cannot be changed."""
    if plan:
        drop_views()


@receiver(post_migrate, sender=_APP)
def show_again(apps: Any = installed, **_: Any) -> None:
    """Sent after all apps were migrated; a database that was taken back to before the readers gets none."""
    if Reader._meta.label_lower in {model._meta.label_lower for model in apps.get_models()}:
        build_views()
