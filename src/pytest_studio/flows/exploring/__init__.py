"""How a Flow is explored: what can be done, which inputs matter, what is equivalent, and the search."""
