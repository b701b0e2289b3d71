"""What can go wrong with a provider: expected, told in words, and never our fault."""

from ...commands.codes import Code


class ProviderError(Exception):
    """The provider cannot be used now; the text says why."""

    def __init__(self, message: str, code: Code = Code.PROVIDER_FAULTY) -> None:
        super().__init__(message)
        self.code = code


class NotGrantedError(ProviderError):
    """The provider does not take what was shown to it: a code or token that is used, expired, withdrawn or not its own."""

    def __init__(self, name: str, error: str) -> None:
        super().__init__(f"{name} has not granted it ({error})", Code.PROVIDER_REFUSED)
        self.withdrawn = error in _WITHDRAWN


class IdTokenError(ProviderError):
    """What the provider says of somebody cannot be believed."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"what {name} says of the account cannot be believed: {why}", Code.PROVIDER_TOKEN_INVALID)


_WITHDRAWN = {"access_denied", "consent_required", "token_revoked"}
"""What providers answer, instead of `invalid_grant`, where they tell apart that the person has withdrawn it."""
GRANT_ERRORS = _WITHDRAWN | {"invalid_grant", "interaction_required", "login_required"}
"""Errors about what was shown; all others are about how this service is registered there."""
