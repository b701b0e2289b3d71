"""The routes, by noun."""

from fastapi import APIRouter

from . import audit, operation, plan, project, projection, task, user

ROUTERS: tuple[APIRouter, ...] = (
    user.router,
    project.router,
    task.router,
    plan.router,
    audit.router,
    projection.router,
)

__all__ = ["ROUTERS", "operation"]
