"""Headers that every answer has, whatever it is: what browsers must not do with it."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

EVERYWHERE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
"""An answer may have its own instead. It is not kept, as it depends on who asks and on when."""

OVER_TLS = (b"strict-transport-security", b"max-age=31536000")
"""For the host alone: the names below it are not ours."""


class SecurityHeaders:
    """Adds them to what the application answers. There is no library for it: they are constants."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = (*EVERYWHERE, OVER_TLS) if scope["scheme"] == "https" else EVERYWHERE

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.setdefault("headers", [])
                present = {name.lower() for name, _ in headers}
                message["headers"] = [*headers, *(pair for pair in wanted if pair[0] not in present)]
            await send(message)

        await self._app(scope, receive, answer)
