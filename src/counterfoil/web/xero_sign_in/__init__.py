"""Continue with Xero: signing up, signing in, and linking a Xero sign-in to a person."""
