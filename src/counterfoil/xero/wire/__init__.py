"""Turns Xero's bytes and headers into values, or raises; never does I/O."""
