"""The views, one file for each small group of pages."""
