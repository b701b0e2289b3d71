"""What is asked: typed questions to the read models."""
