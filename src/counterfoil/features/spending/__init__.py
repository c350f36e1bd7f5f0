"""What documents spent and earned, line by line, and whose costs they are."""
