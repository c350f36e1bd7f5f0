"""Contact fields in two ways (K16)."""
