"""Published days against what a database holds."""
