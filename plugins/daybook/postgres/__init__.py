"""PostgreSQL: tap-postgres, target-postgres and what they share."""
