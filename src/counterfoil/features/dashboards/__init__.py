"""What the first page shows: totals and what changed."""
