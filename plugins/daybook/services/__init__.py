"""Embedded servers for a machine with nothing on it."""
