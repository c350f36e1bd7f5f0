"""Recharges what the firm paid for clients: which costs, to whom, at which price, and what became of it."""
