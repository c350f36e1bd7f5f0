"""Sign-in, consent, tokens and connections."""
