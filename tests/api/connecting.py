"""A valid request for each operation about providers, prepared by who has been at one and is back."""

from src.testing.http import Person, Service
from tests.identity.browser import HOME, Site
from tests.identity.provider import Provider

from .requests import Request


async def connecting(service: Service, provider: Provider, person: Person, who: str) -> dict[str, Request]:
    """The requests, in an order in which all of them succeed. `who` is what the world calls the person."""
    site, account = Site(service, provider), str(person.user)
    begun, signing_in = await site.begin_to_connect(person), await site.begin()
    back, back_to_sign_in = await site.visit(begun, account), await site.visit(signing_in, account)
    path, wanted = f"users/{person.user}/connections", {"return_to": HOME}
    connection = f"{path}/{begun['connection']}"
    shown = {"state": back["state"], "code": back["code"], "secret": begun["secret"]}
    shown_to_sign_in = {"state": back_to_sign_in["state"], "code": back_to_sign_in["code"]}
    return {
        "providers": Request("GET", "providers"),
        "connect_provider": Request("POST", path, {"provider": "example", **wanted}, 201, who, once=True),
        "authorise_connection": Request("POST", f"{connection}/authorise", shown, who=who, once=True),
        "connections": Request("GET", path, who=who),
        "refresh_connection": Request("POST", f"{connection}/refresh", who=who, once=True),
        "begin_provider_sign_in": Request("POST", "providers/example/sign-ins", wanted, 201, who, once=True),
        "sign_in_by_provider": Request(
            "POST", "sessions/provider", {**shown_to_sign_in, "secret": signing_in["secret"]}, 201, who, once=True
        ),
        "revoke_connection": Request("POST", f"{connection}/revoke", {"reason": "has left"}, who="administrator"),
        "disconnect_provider": Request("DELETE", connection, who=who),
    }
