"""The routes, by noun."""

from fastapi import APIRouter

from . import (
    activity,
    assignment,
    audit,
    calendar,
    diff,
    event,
    export,
    link,
    load,
    operation,
    preview,
    project,
    projection,
    provider,
    reaction,
    resource,
    role,
    schedule,
    search,
    session,
    task,
    user,
    work,
)

ROUTERS: tuple[APIRouter, ...] = (
    session.router,
    provider.router,
    user.router,
    work.router,
    role.router,
    project.router,
    task.router,
    link.router,
    export.router,
    calendar.router,
    load.router,
    preview.router,
    schedule.router,
    diff.router,
    search.router,
    resource.router,
    assignment.router,
    activity.router,
    audit.router,
    event.router,
    projection.router,
    reaction.router,
)

__all__ = ["ROUTERS", "operation"]
