"""Takes clients, people and deals from a CSV file: seen first, matched with those here, taken back whole."""
