"""Registers the publishing feature with Django."""

from importlib import import_module

from django.apps import AppConfig


class PublishingConfig(AppConfig):
    """Views for tools that speak SQL."""

    name = "counterfoil.features.publishing"
    label = "publishing"

    def ready(self) -> None:
        """Have the views follow the tables."""
        import_module("counterfoil.features.publishing.receivers")
