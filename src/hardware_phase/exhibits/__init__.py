"""Every explorer of the book, declared once beside its data: inputs, presets and readouts in a table, views as functions."""
