"""`python -m` for a process that needs no workers."""

from .starting import starting

with starting():
    from .cli import main

main()
