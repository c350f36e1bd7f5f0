"""Registers the migrating feature with Django."""

from django.apps import AppConfig


class MigratingConfig(AppConfig):
    """Data of an earlier tool."""

    name = "counterfoil.features.migrating"
    label = "migrating"
