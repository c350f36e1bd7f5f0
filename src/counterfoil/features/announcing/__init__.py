"""Telling other tools what happened: signed posts to addresses that a firm chose, none of them lost."""
