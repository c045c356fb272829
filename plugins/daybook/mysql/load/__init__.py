"""Published days into a database: types, merge, log, foreign keys."""
