"""The routes, by noun."""

from fastapi import APIRouter

from . import audit, event, plan, project, projection, task, user

ROUTERS: tuple[APIRouter, ...] = (
    user.router,
    project.router,
    task.router,
    plan.router,
    audit.router,
    event.router,
    projection.router,
)
