"""What people read: the page and the tables of the terminal."""
