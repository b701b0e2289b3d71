"""The routes, by noun."""

from fastapi import APIRouter

from . import audit, event, operation, plan, project, projection, reaction, task, user

ROUTERS: tuple[APIRouter, ...] = (
    user.router,
    project.router,
    task.router,
    plan.router,
    audit.router,
    event.router,
    projection.router,
    reaction.router,
)

__all__ = ["ROUTERS", "operation"]
