"""Plans from other programs: files in, checked plain values out. Knows no commands and no database."""

from .mspdi import read_mspdi
from .plan_file import FileLink, FileTask, ImportRefused, LeftOut, PlanFile, RefusalCode

__all__ = ["FileLink", "FileTask", "ImportRefused", "LeftOut", "PlanFile", "RefusalCode", "read_mspdi"]
