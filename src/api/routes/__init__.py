"""The routes, by noun."""

from fastapi import APIRouter

from . import audit, event, link, operation, project, projection, reaction, task, user

ROUTERS: tuple[APIRouter, ...] = (
    user.router,
    project.router,
    task.router,
    link.router,
    audit.router,
    event.router,
    projection.router,
    reaction.router,
)

__all__ = ["ROUTERS", "operation"]
