"""What runs days by the clock, by hand and over REST."""
