"""A firm taken out of one installation whole, and brought into another."""
