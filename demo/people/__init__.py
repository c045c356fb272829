"""People and the places they were born in, made by formula."""
