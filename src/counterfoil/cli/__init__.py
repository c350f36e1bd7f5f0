"""The command line: each command reads its arguments, calls one operation, and prints."""
