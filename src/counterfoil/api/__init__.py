"""The way in for programs, at /api/v1: it translates what is asked, and decides nothing."""
