"""The routes, by noun."""

from fastapi import APIRouter

from . import audit, event, link, operation, project, projection, provider, reaction, role, session, task, user

ROUTERS: tuple[APIRouter, ...] = (
    session.router,
    provider.router,
    user.router,
    role.router,
    project.router,
    task.router,
    link.router,
    audit.router,
    event.router,
    projection.router,
    reaction.router,
)

__all__ = ["ROUTERS", "operation"]
