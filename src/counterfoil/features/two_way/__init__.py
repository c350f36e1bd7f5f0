"""Contact fields that are changed here and in Xero: what both agreed, what flows, what people decide."""
