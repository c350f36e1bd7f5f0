"""What is known about one person."""
