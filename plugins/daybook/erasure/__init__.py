"""Erasing people: from delivered files, days, targets and logs."""
