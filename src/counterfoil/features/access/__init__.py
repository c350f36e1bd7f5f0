"""Programs that act for a person: their tokens, how often they may ask, and what they were answered."""
