"""Who a resource is."""

from typing import Any
from uuid import UUID

from src.commands.account import DeactivateUser, DeleteAccount
from src.commands.codes import Code
from src.commands.member import AddMember
from src.commands.resource_user import SetResourceUser
from src.events.project import ProjectRole
from src.events.resource import ResourceUserSet
from src.testing import a_user, given
from tests.commands.garden import PLOT, garden
from tests.commands.staff import define, worker

ANN, SOIL, PERSON, GONE, RESTING = worker("ann"), worker("soil"), UUID(int=41), UUID(int=42), UUID(int=43)
PEOPLE = given(
    a_user(PERSON),
    a_user(GONE),
    a_user(RESTING),
    DeleteAccount(user=GONE),
    DeactivateUser(user=RESTING),
    define("ann"),
    define("soil", type="material"),
)


async def test_a_resource_is_a_person() -> None:
    """It is said once, and can be taken back."""
    named, nobody = SetResourceUser(resource=ANN, user=PERSON), SetResourceUser(resource=ANN)
    await PEOPLE.when(named).then(ResourceUserSet(resource=ANN, user=PERSON))
    await PEOPLE.also(named).when(named).then()
    await PEOPLE.also(named).when(nobody).then(ResourceUserSet(resource=ANN))
    await PEOPLE.when(nobody).then()


async def test_a_resource_is_somebody_who_is_there() -> None:
    """Neither a stranger, nor somebody who was deleted or whose account rests."""
    for user in (UUID(int=99), GONE):
        await PEOPLE.when(SetResourceUser(resource=ANN, user=user)).refused(Code.NOT_FOUND)
    await PEOPLE.when(SetResourceUser(resource=ANN, user=RESTING)).refused(Code.USER_INACTIVE)


async def test_a_material_is_nobody() -> None:
    """Only what works can be a person."""
    await PEOPLE.when(SetResourceUser(resource=SOIL, user=PERSON)).refused(Code.NOT_FOR_RESOURCE_TYPE)


async def test_a_projects_own_resource_is_a_member() -> None:
    """So that nobody finds work where they may not look."""
    own: dict[str, Any] = {"project": PLOT, "resource": worker("own"), "user": PERSON}
    there = garden().also(a_user(PERSON), define("own", project=PLOT))
    await there.when(SetResourceUser(**own)).refused(Code.NOT_A_MEMBER)
    member = AddMember(project=PLOT, user=PERSON, role=ProjectRole.VIEWER)
    await there.also(member).when(SetResourceUser(**own)).then(ResourceUserSet(resource=worker("own"), user=PERSON))
