"""Registers the mirror's tables with Django."""

from django.apps import AppConfig


class MirrorConfig(AppConfig):
    """The mirror floor."""

    name = "counterfoil.mirror"
    label = "mirror"
