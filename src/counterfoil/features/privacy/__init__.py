"""What the firm knows about one person, for the person."""
