"""The command line, for operators and imports."""

from .main import main

__all__ = ["main"]
