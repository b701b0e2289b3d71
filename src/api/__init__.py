"""The HTTP edge: /api/v1."""

from .app import create_app

__all__ = ["create_app"]
