"""How a day becomes the graph: compare, then write."""
