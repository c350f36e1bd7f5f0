"""Where every record and figure comes from, what changed in it, and how things stood before."""
