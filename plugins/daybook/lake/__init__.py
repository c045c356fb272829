"""The lake: one folder per source and day, committed by its manifest."""
