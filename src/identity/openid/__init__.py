"""A client for OpenID Connect providers: who somebody is, said by somebody else who can prove it."""
