"""Passwords: Argon2id with the parameters of RFC 9106 for little memory, in threads, a few at once."""

import asyncio
import os
import unicodedata
from collections.abc import Callable
from typing import Annotated, TypeVar, TypeVarTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import Field, SecretStr

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
SHORTEST, LONGEST = 12, 1_000
"""Characters. Length is all that is asked for: NIST SP 800-63B-4 forbids rules about kinds of characters."""
Password = Annotated[SecretStr, Field(min_length=SHORTEST, max_length=LONGEST)]
TriedPassword = Annotated[SecretStr, Field(min_length=1, max_length=LONGEST)]
"""One that is only compared."""

_MOST_WAITING = 64
_hasher = PasswordHasher()
_NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$UNK5NjwjNCWmeFVEedcmMQ$TT0AqOfiB1CxOn+zYCgVc8R1FFJSp/oCfqxZ4z6BByg"
"""Of no password that anybody has: comparing with it takes as long as with another."""


class TooManyPasswordsError(Exception):
    """So many passwords wait to be compared that another would wait too long."""


class Passwords:
    """Hashes and compares. Each takes 64 MiB and some 50 ms of a core, so only as many run as there are cores."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(os.cpu_count() or 1)
        self._waiting = 0

    async def hash(self, password: SecretStr) -> bytes:
        """What the password can be compared with, parameters and salt included."""
        return (await self._run(_hash, password)).encode()

    async def matches(self, hashed: bytes | None, password: SecretStr) -> bool:
        """Whether it is that password. With None it takes as long, and is not."""
        compared = (hashed.decode() if hashed is not None else _NOBODYS, password)
        return await self._run(_matches, *compared) and hashed is not None

    async def _run(self, work: Callable[[*Ts], T], *what: *Ts) -> T:
        if self._waiting >= _MOST_WAITING:
            raise TooManyPasswordsError("too many people sign in at this moment; try again in a few seconds")
        self._waiting += 1
        try:
            async with self._places:
                return await asyncio.to_thread(work, *what)
        finally:
            self._waiting -= 1


def _hash(password: SecretStr) -> str:
    return _hasher.hash(_text(password))


def _matches(hashed: str, password: SecretStr) -> bool:
    try:
        return _hasher.verify(hashed, _text(password))
    except (VerificationError, InvalidHashError):
        return False


def _text(password: SecretStr) -> str:
    """The same for the same keys pressed on another machine."""
    return unicodedata.normalize("NFKC", password.get_secret_value())
