"""A film rating site in the shape of MovieLens, made by formula."""
