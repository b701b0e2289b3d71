"""Plans for other programs: what the read models say, written as files."""
