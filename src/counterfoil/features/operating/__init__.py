"""What an operator does with the installation as a whole: keep it, move it, look after it."""
