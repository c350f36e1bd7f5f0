"""What every answer shares: dates, filters, paging, limits, errors."""
