"""Whether PostgreSQL holds what the lake says."""
