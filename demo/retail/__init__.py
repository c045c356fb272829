"""Deliveries of a shop, hour by hour, with every fault there is."""
