"""Users from the command line: the first administrator, and how people get in."""

import httpx

from tests.cli.running import CommandLine

PASSWORD = "correct horse battery staple"


def test_the_first_administrator_signs_in(embedded: CommandLine) -> None:
    """Registered and given a password by the command line; then the API takes it, and tells no other way in."""
    embedded("user", "add", "ann", "--email", "ann@example.org", "--role", "administrator")
    assert "can sign in" in embedded.told(f"{PASSWORD}\n", "user", "password", "ann").out
    with embedded.serving("serve", "--port", "0") as service:
        answer = httpx.post(f"{service.address}/api/v1/sessions", json={"name": "ann", "password": PASSWORD})
        assert answer.status_code == 201
        assert set(answer.json()) >= {"access_token", "refresh_token", "expires_in"}


def test_a_short_password_is_refused(embedded: CommandLine) -> None:
    """With how long it has to be; and a user whom nobody knows with what to do."""
    embedded("user", "add", "ann", "--email", "ann@example.org")
    assert "12 characters" in embedded.told("short\n", "user", "password", "ann").err
    assert "no user 'bob'" in embedded.told(f"{PASSWORD}\n", "user", "password", "bob").err


def test_a_reset_is_made(embedded: CommandLine) -> None:
    """For whoever is to choose a password."""
    embedded("user", "add", "ann", "--email", "ann@example.org")
    assert embedded("user", "reset", "ann", "--json").json["reset"].startswith("pjr_")
