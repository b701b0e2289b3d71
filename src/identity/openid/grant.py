"""What a provider has granted: of which account, and the tokens, as they are kept under seal."""

from pydantic import BaseModel, ConfigDict


class Grant(BaseModel):
    """`subject` is what the issuer calls the account, for ever; a name of the person it is not."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    subject: str
    access_token: str
    refresh_token: str | None = None
