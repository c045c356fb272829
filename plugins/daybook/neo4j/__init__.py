"""target-neo4j: the days of the lake as a graph."""
