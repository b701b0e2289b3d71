"""What there is of a person's connections."""

from pydantic import SecretStr

from src.testing import context
from src.testing.http import Person
from tests.databases import as_owner

from .browser import Site

KEPT = "SELECT count(*) FROM credentials WHERE kind = 'provider' AND \"user\" = '{}'"


async def status(site: Site, person: Person) -> list[str]:
    """The states of the person's connections."""
    return [each["status"] for each in await site.shown(person)]


async def kept(site: Site, person: Person) -> int:
    """How many grants are kept of the person."""
    user = person.user.hex if site.service.app.settings.embedded else person.user
    ((count,),) = await as_owner(site.service.app.settings, KEPT.format(user))
    return int(count)


async def with_password(site: Site) -> Person:
    """Somebody who has another way in."""
    person = await site.service.person()
    password = SecretStr("correct horse battery staple")
    await site.service.app.sign_in.set_password(person.user, password, context(person.user))
    return await site.service.speaking_for(person.user)
