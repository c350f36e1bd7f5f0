"""What people do with the copy, one package per subject."""
