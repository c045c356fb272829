"""Reading a database: what it holds, at one moment, as files."""
