"""The tags that our templates use."""
