"""What clients, deals and colleagues earned, and what it cost."""
