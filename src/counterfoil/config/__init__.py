"""Settings, addresses, the embedded database and the processes: what ties the floors together."""
