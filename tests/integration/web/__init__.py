"""The pages, through Django's client, against a real stand-in."""
