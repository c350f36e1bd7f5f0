"""What the features do with the database."""
