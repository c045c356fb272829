"""dbt over days of the lake: what it reads, what it builds, its keys."""
