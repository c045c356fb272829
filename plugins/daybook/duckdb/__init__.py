"""tap-duckdb: DuckDB files, what dbt built, and queries over files."""
