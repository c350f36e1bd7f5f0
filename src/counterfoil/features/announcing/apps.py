"""Registers the announcing feature with Django."""

from importlib import import_module

from django.apps import AppConfig


class AnnouncingConfig(AppConfig):
    """Events for other tools."""

    name = "counterfoil.features.announcing"
    label = "announcing"

    def ready(self) -> None:
        """Say what goes when a connection is removed."""
        import_module("counterfoil.features.announcing.receivers")
