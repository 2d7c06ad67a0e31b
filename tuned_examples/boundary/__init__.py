"""Whether prolonged training moves the boundary of what a model can solve, at a size for two CPU cores."""
