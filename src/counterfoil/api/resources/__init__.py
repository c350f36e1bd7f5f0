"""What programs can ask for and do, one module for each kind of thing."""
