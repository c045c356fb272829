"""A small shop whose days show what Daybook does."""
