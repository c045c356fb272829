"""Days of the lake in DuckDB: their tables, and what changed."""
