"""What is wanted and whether it may be: commands, decisions, and the loop that carries them out."""
