"""What the books come to: profit and loss, and what is to be expected of those who owe."""
