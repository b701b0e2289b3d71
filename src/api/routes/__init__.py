"""The routes, by noun."""

from fastapi import APIRouter

from . import (
    assignment,
    audit,
    calendar,
    event,
    export,
    history,
    link,
    load,
    operation,
    preview,
    project,
    projection,
    provider,
    reaction,
    resource,
    restoration,
    role,
    schedule,
    session,
    task,
    user,
)

ROUTERS: tuple[APIRouter, ...] = (
    session.router,
    provider.router,
    user.router,
    role.router,
    project.router,
    task.router,
    link.router,
    export.router,
    history.router,
    calendar.router,
    load.router,
    preview.router,
    schedule.router,
    resource.router,
    restoration.router,
    assignment.router,
    audit.router,
    event.router,
    projection.router,
    reaction.router,
)

__all__ = ["ROUTERS", "operation"]
