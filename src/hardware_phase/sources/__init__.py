"""The tables as the models want them."""
