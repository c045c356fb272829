"""Loading a day: every table of it, in one transaction."""
