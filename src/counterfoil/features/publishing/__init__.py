"""Views of a firm's data for other tools that speak SQL, and the roles that may read them."""
