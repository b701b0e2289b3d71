"""The document of the API as a page to read and to try: Swagger UI, of which every part comes from here.

The files are those of Swagger UI as `fastapi-offline` carries them.
"""

from functools import partial
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, Request
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


router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def page() -> HTMLResponse:
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"})


@router.get("/docs/start.js")
async def start(request: Request) -> Response:
    return Response(_START % request.app.openapi_url, media_type="text/javascript", headers=_KEPT)


async def _asset(name: str) -> FileResponse:
    return FileResponse(Path(str(files("fastapi_offline"))) / "static" / name, headers=_KEPT)


for _name in _ASSETS:
    router.add_api_route(f"/docs/{_name}", partial(_asset, _name), name=_name)
