"""What can go wrong with a provider: expected, and told in words."""

from typing import ClassVar


class ProviderError(Exception):
    """The provider gives an answer that cannot be used; the text says why."""

    code: ClassVar = "PROVIDER_FAULTY"


class ProviderAwayError(ProviderError):
    """It cannot be reached, or says itself that it has a fault."""

    code: ClassVar = "PROVIDER_UNAVAILABLE"


class ProviderSlowError(ProviderError):
    """It does not answer in time."""

    code: ClassVar = "PROVIDER_TIMEOUT"


class IdTokenError(ProviderError):
    """What the provider says of somebody cannot be believed."""

    code: ClassVar = "PROVIDER_TOKEN_INVALID"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"what {name} says of the account cannot be believed: {why}")


class NotGrantedError(ProviderError):
    """It does not take what was shown to it: a code or token that is used, expired, withdrawn or of another client."""

    code: ClassVar = "PROVIDER_REFUSED"

    def __init__(self, name: str, error: str) -> None:
        super().__init__(f"{name} has not granted it ({error}); try again from the beginning")
        self.withdrawn = error in _WITHDRAWN


_WITHDRAWN = {"access_denied", "consent_required", "token_revoked"}
"""What providers answer, instead of `invalid_grant`, where they tell apart that the person has withdrawn it."""
GRANT_ERRORS = _WITHDRAWN | {"invalid_grant", "interaction_required", "login_required"}
"""Errors about what was shown; all others are about how this service is registered there."""
