"""What must hold: the same folders as in src, against real servers."""
