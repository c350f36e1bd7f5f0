"""Registers the moving of firms with Django, so that its table and its job are known."""

from django.apps import AppConfig


class MovingConfig(AppConfig):
    """A firm taken out whole and brought in elsewhere."""

    name = "counterfoil.features.moving"
    label = "moving"
