"""Plans from other programs: files in, checked plain values out, and from those the commands that take them over."""

from .mspdi import read_mspdi
from .plan_file import FileLink, FileTask, ImportRefused, LeftOut, PlanFile, RefusalCode

__all__ = ["FileLink", "FileTask", "ImportRefused", "LeftOut", "PlanFile", "RefusalCode", "read_mspdi"]
