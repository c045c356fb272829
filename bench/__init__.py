"""Measures Daybook against psql's own COPY; `make bench` runs it."""
