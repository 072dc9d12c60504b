"""What the book is held to: published numbers that it reproduces, and rules for its tables."""
