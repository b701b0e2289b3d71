"""Giving commands in tests: part of the kit that ships."""

from src.testing import Actor, context, newcomer, register

__all__ = ["Actor", "context", "newcomer", "register"]
