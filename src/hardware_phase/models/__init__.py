"""Models of the book: plain NumPy functions, one module a subject."""
