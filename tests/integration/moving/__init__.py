"""A firm taken out whole, and brought in elsewhere."""
