"""Plausible organisations of any size from a seed."""
