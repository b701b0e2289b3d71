"""`python -m` for a process that needs no workers."""

import sys

from .cli import main

sys.exit(main())
