"""The Accounting API's writing side: bodies read, rules asked, elements saved or refused."""
