"""What the business means: identifiers, money, statuses and dates, in plain Python."""
