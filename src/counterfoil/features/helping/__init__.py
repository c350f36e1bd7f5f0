"""Whether the help helped."""
