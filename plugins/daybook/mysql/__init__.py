"""MySQL and MariaDB: extracted from, and loaded into."""
