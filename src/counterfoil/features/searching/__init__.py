"""One search over everything: clients, people, deals, contacts and documents."""
