"""Users: what one is, and how the table keeps them."""
