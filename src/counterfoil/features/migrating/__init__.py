"""Takes over what an earlier tool knew: staged without an organisation, then assigned to one (P14, P15)."""
