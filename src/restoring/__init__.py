"""Bringing back what was deleted, or as it was at a moment: by the ordinary commands, made from a version of the past.

What a thing was is read from its versions; the commands that make it so again are given by the caller, in one append.
So rights, rules and codes are those of the commands, and what was done in between stays in the history.
"""

from .restore import NeverThereError, NotThereThenError, restore
from .wanted import NAMES, Restorable, Wanted

__all__ = ["NAMES", "NeverThereError", "NotThereThenError", "Restorable", "Wanted", "restore"]
