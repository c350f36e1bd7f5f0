"""The tool beside Xero: acts, faults, clock and counters."""
