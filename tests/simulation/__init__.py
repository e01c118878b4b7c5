"""A day of a center from one seed, on the product's own code."""
