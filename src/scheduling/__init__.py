"""Pure calculation over plans: no I/O, no clock."""

from .values import Constraint, ConstraintType, Duration, Lag, LagUnit, LinkType, Tenths, Value

__all__ = ["Constraint", "ConstraintType", "Duration", "Lag", "LagUnit", "LinkType", "Tenths", "Value"]
