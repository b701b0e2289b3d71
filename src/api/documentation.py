"""The document of the API as a page to read and to try: Swagger UI, of which every part comes from here."""

from functools import partial
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse, Response

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Swagger UI writes styles into its elements; it needs no script but these."""

_KEPT = {"Cache-Control": "public, max-age=3600"}
_ASSETS = ("swagger-ui.css", "swagger-ui-bundle.js")

# Relative, so that it works below whatever path a proxy serves us under.
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Projectory API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
<div id="api"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</html>
"""
_START = """SwaggerUIBundle({
  url: ".%s", dom_id: "#api", deepLinking: true, validatorUrl: null, presets: [SwaggerUIBundle.presets.apis],
});
"""


def install(api: FastAPI) -> None:
    """Adds /docs. The files are those of Swagger UI as `fastapi-offline` carries them."""
    static = Path(str(files("fastapi_offline"))) / "static"

    @api.get("/docs", include_in_schema=False)
    async def page() -> HTMLResponse:
        return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"})

    @api.get("/docs/start.js", include_in_schema=False)
    async def start() -> Response:
        return Response(_START % api.openapi_url, media_type="text/javascript", headers=_KEPT)

    for name in _ASSETS:
        api.add_api_route(f"/docs/{name}", partial(_asset, static / name), include_in_schema=False, name=name)


async def _asset(path: Path) -> FileResponse:
    return FileResponse(path, headers=_KEPT)
