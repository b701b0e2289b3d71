"""Who somebody is: passwords, tokens, API keys, and how they are tried and used up."""
