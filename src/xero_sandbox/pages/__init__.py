"""Pages for the person who plays the Xero user."""
