"""The composition root: what an application is made of, put together with plain constructor calls.

The HTTP service, the command line, the workers and the tests all open it here.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from . import migrate
from .commands.loop import CommandLoop
from .commands.notices import Notices
from .config import Settings, SettingsError
from .database import Database, SchemaError, open_database, reaching
from .events import EventLog
from .events.erased import ErasedList
from .events.key_store import DatabaseKeyStore
from .events.keyring import RESERVATIONS, Keyring
from .events.outcomes import Outcomes
from .events.witnesses import Witnesses
from .identity.authorisations import Authorisations
from .identity.authorising import CALLBACK, Authorising
from .identity.connections import Connections
from .identity.credentials import Credentials
from .identity.grants import Grants
from .identity.openid.client import OpenIdProvider
from .identity.openid.http import http_client
from .identity.passwords import Passwords
from .identity.provider_sign_in import ProviderSignIn
from .identity.sign_in import SignIn
from .identity.throttle import throttle
from .key_file import master_keys
from .projections import PROJECTIONS, Runner
from .projections.follower import Follower
from .queries.past import Past
from .reactions import Reactor
from .reactions.erasure import Erasure, erasure, replay
from .reactions.housekeeping import housekeeping
from .reactions.operator import operator

Wake = Callable[[], None]
"""Tells whoever runs the projections that there is news. Never blocks, never fails."""

ConnectWake = Callable[[Settings], AbstractAsyncContextManager[Wake]]
"""Connects to the workers. They are not part of this package: who starts the process hands it in."""


@dataclass(frozen=True)
class App:
    """Everything that an edge needs, for one process and event loop."""

    settings: Settings
    log: EventLog
    witnesses: Witnesses
    keyring: Keyring
    commands: CommandLoop
    notices: Notices
    runner: Runner
    reactor: Reactor
    erase: Erasure
    models: AsyncEngine
    readers: AsyncEngine
    past: Past
    credentials: Credentials
    sign_in: SignIn
    connections: Connections
    provider_sign_in: ProviderSignIn


@asynccontextmanager
async def open_app(settings: Settings, connect_wake: ConnectWake | None = None) -> AsyncIterator[App]:
    """Opens the application. Without workers to wake this process runs projections and reactions while it is open.

    SQLite files are made and migrated; a PostgreSQL database that is not migrated is refused (SchemaError).
    Whoever is on the list of erased persons and came back with a restored database is erased before anything else.
    Raises SettingsError, SchemaError, WrongMasterKeyError, DamagedListError and DatabaseUnreachableError.
    """
    if settings.redis_url is not None and connect_wake is None:
        raise SettingsError(
            "PROJECTORY_REDIS_URL is set, but the workers are not here: run from a checkout or the image"
        )
    async with AsyncExitStack() as stack:
        masters = stack.enter_context(master_keys(settings))
        database, log = open_database(settings)
        stack.push_async_callback(database.dispose)
        stack.push_async_callback(log.close)
        await _check(settings, database)
        keys = DatabaseKeyStore(database.keys)
        keyring = Keyring(keys, *masters)
        await keyring.ensure(RESERVATIONS)  # fails now, not at the first command, when the master key is wrong
        runner = Runner(log, database.models, PROJECTIONS, database.owner)
        if connect_wake is None:
            follower = Follower(runner)
            follower.start()
            stack.push_async_callback(follower.stop)
            wake = follower.wake
        else:
            wake = await stack.enter_async_context(connect_wake(settings))
        past = Past(log, database.readers)
        stack.push_async_callback(past.close)
        commands = CommandLoop(log, keyring, wake)
        stack.push_async_callback(commands.close)
        credentials = Credentials(database.keys)
        gate = throttle(settings.redis_url)
        stack.push_async_callback(gate.close)
        sign_in = SignIn(commands, keyring, credentials, Passwords(), gate, commands.notices.authentication_failed)
        providers = await _providers(settings, stack)
        authorisations = Authorisations(database.keys, keyring)
        authorising = Authorising(providers, authorisations, settings.return_origins)
        grants = Grants(credentials, keyring)
        connections = Connections(commands, authorising, grants)
        # Whoever keeps something of a person beside the log adds what destroys it.
        erase = Erasure(keyring, (credentials.forget, authorisations.forget))
        listed = ErasedList(settings.erased_list) if settings.erased_list else None
        if listed is not None:
            await replay(listed.read(), erase, commands)
        jobs = (
            *housekeeping(Outcomes(database.keys), keys, settings.outcome_age),
            operator(database.models),
            erasure(erase, listed),
        )
        reactor = Reactor(log, commands, database.keys, jobs)
        stack.push_async_callback(reactor.stop)
        if connect_wake is None:
            reactor.start()
        yield App(
            settings,
            log,
            Witnesses(database.keys),
            keyring,
            commands,
            commands.notices,
            runner,
            reactor,
            erase,
            database.models,
            database.readers,
            past,
            credentials,
            sign_in,
            connections,
            ProviderSignIn(authorising, connections, grants, sign_in),
        )


async def _providers(settings: Settings, stack: AsyncExitStack) -> dict[str, OpenIdProvider]:
    """The configured providers; nothing is asked of them before somebody wants them."""
    if not settings.providers:
        return {}
    if settings.public_url is None:
        raise SettingsError(
            "PROJECTORY_PUBLIC_URL is not set, and providers send people back there: "
            "say where browsers reach this service, such as https://plans.example.org"
        )
    client = await stack.enter_async_context(http_client())
    public = settings.public_url
    return {
        name: OpenIdProvider(name, each, public + CALLBACK.format(provider=name), client)
        for name, each in settings.providers.items()
    }


async def _check(settings: Settings, database: Database) -> None:
    with reaching(settings):
        try:
            await migrate.check(database.keys, migrate.LOG)
            await migrate.check(database.models, migrate.READ)
            await migrate.check_read_models(database.models)
        except SchemaError:
            if not settings.embedded:
                raise
            await migrate.upgrade(settings)
