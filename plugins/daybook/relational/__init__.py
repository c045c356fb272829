"""What loads into relational databases share, whichever database it is."""
