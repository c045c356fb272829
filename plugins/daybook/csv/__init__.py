"""CSV: the one dialect, tap-csv and target-csv."""
