"""Projectory: a project plan that you can rewind, branch and prove."""

__version__ = "0.1.0"
