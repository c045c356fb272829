"""Daybook: any day of any source, reproducible."""
