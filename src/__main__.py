"""`python -m` for a process that needs no workers."""

from .cli import main

main()
