"""Jira: its changelog, read and checked, told as commands with the time and the person of each change."""

from .reading import read_jira
from .values import Change, Issue, Item, JiraFile, Person, Value

__all__ = ["Change", "Issue", "Item", "JiraFile", "Person", "Value", "read_jira"]
