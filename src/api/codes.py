"""The codes of the HTTP edge itself: what a request meets before or beside a command. Add, never rename."""

from ..commands.meanings import ExplainedCode

_REPEAT = "Repeat a command under the same `Idempotency-Key`, a read as it is"


class ApiCode(ExplainedCode):
    """Each with what it means, what to do, and its HTTP status."""

    BAD_REQUEST = "BAD_REQUEST", "It is not HTTP as it should be.", "Mend the client.", 400
    TOKEN_MISSING = (
        "TOKEN_MISSING",
        "There is no bearer token in the `Authorization` header.",
        "Send `Authorization: Bearer …`.",
        401,
    )
    TOKEN_INVALID = "TOKEN_INVALID", "The token has expired, or is none of this service.", "Get a new one.", 401
    ROUTE_UNKNOWN = "ROUTE_UNKNOWN", "Nothing is served under this path.", "Look into `/api/v1/openapi.json`.", 404
    PROJECTION_UNKNOWN = "PROJECTION_UNKNOWN", "There is no read model of that name.", "The text names them.", 404
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED", "The path has other methods.", "The header `Allow` names them.", 405
    REQUEST_TOO_SLOW = (
        "REQUEST_TOO_SLOW",
        "The request did not arrive within the limit of time.",
        "Send it without pauses; nothing was done.",
        408,
    )
    BODY_TOO_LARGE = "BODY_TOO_LARGE", "The body is over the limit, which the text tells.", "Send less at once.", 413
    URL_TOO_LONG = "URL_TOO_LONG", "Path and query are longer than 8 KiB.", "Send less in the query.", 414
    MEDIA_TYPE_UNSUPPORTED = "MEDIA_TYPE_UNSUPPORTED", "It is no JSON.", "Send `Content-Type: application/json`.", 415
    INVALID_REQUEST = (
        "INVALID_REQUEST",
        "Values do not fit; `details.faults` tells where and what.",
        "Correct them by the document of the API.",
        422,
    )
    COMMAND_NOT_PREVIEWED = (
        "COMMAND_NOT_PREVIEWED",
        "What is to be previewed is no command on this plan, or its fields do not fit; `details.faults` tells where.",
        "Name commands as the document of the API does, with their bodies and the ids in their paths.",
        422,
    )
    INVALID_IF_MATCH = "INVALID_IF_MATCH", "`If-Match` holds no `ETag` of ours.", "Send it as it was given.", 422
    IF_MATCH_NOT_SUPPORTED = "IF_MATCH_NOT_SUPPORTED", "This compares no revision.", "Leave `If-Match` out.", 422
    INVALID_CURSOR = "INVALID_CURSOR", "`after` is no `next` of a page.", "Begin again without it.", 422
    SEARCH_EMPTY = "SEARCH_EMPTY", "`q` holds no word to look for.", "Give at least one without `-` before it.", 422
    SEARCH_TOO_LONG = "SEARCH_TOO_LONG", "`q` holds too many words and phrases.", "Look for fewer at once.", 422
    SEARCH_TOO_BROAD = (
        "SEARCH_TOO_BROAD",
        "More tasks are found than are put in order for anybody.",
        "Add a word, write more of one, or search one project.",
        422,
    )
    SEARCH_UNAVAILABLE = (
        "SEARCH_UNAVAILABLE",
        "The SQLite of this machine was built without FTS5, or was when the read model was built.",
        "Use one with it, and rebuild the read model `search`.",
        503,
    )
    POSITION_UNKNOWN = "POSITION_UNKNOWN", "The log has not come to this position.", "Use one that you were given.", 422
    AS_OF_NOT_SUPPORTED = (
        "AS_OF_NOT_SUPPORTED",
        "This is told of the present only.",
        "Leave `as_of` and `known_at` out.",
        422,
    )
    PAST_TOO_WIDE = (
        "PAST_TOO_WIDE",
        "The question is about more plans of the past, or larger ones, than are computed for one.",
        "Ask about one project at a time, or leave `as_of` and `known_at` out.",
        422,
    )
    NOT_THERE_THEN = (
        "NOT_THERE_THEN",
        "What is to be restored was not there at the moment that `as_of` names.",
        "Look into its history for one at which it was, or leave `as_of` out.",
        409,
    )
    TOO_MANY_ATTEMPTS = (
        "TOO_MANY_ATTEMPTS",
        "An account, or an address, tried to sign in too often.",
        "Wait as `Retry-After` says.",
        429,
    )
    HEAD_TOO_LARGE = "HEAD_TOO_LARGE", "The headers are larger than 32 KiB.", "Send fewer, or shorter ones.", 431
    INTERNAL_ERROR = (
        "INTERNAL_ERROR",
        "A fault of the service, logged under the correlation id.",
        "Report it with the id in `instance`.",
        500,
    )
    UNAVAILABLE = "UNAVAILABLE", "The service cannot answer now; a command may stand.", f"{_REPEAT}.", 503
    PROVIDER_FAULTY = "PROVIDER_FAULTY", "The provider's answer cannot be used.", "Tell who runs the provider.", 502
    PROVIDER_TOKEN_INVALID = (
        "PROVIDER_TOKEN_INVALID",
        "What the provider says of the account cannot be believed.",
        "Begin again; if it stays, tell who runs the service.",
        502,
    )
    PROVIDER_UNAVAILABLE = "PROVIDER_UNAVAILABLE", "The provider cannot be reached.", "Try again later.", 502
    PROVIDER_TIMEOUT = "PROVIDER_TIMEOUT", "The provider does not answer in time.", "Try again later.", 504
    TIME_LIMIT_EXCEEDED = (
        "TIME_LIMIT_EXCEEDED",
        "It took longer than `PROJECTORY_REQUEST_SECONDS` and was given up; a command may stand.",
        f"{_REPEAT}, and ask for less at once.",
        503,
    )
    TOO_MANY_CONNECTIONS = (
        "TOO_MANY_CONNECTIONS",
        "The process has as many connections as it takes; nothing was done.",
        "Wait as `Retry-After` says.",
        503,
    )
    TOO_MANY_FOLLOWERS = "TOO_MANY_FOLLOWERS", "The process has as many followers as it takes.", "Try later.", 503
    READ_MODEL_BEHIND = (
        "READ_MODEL_BEHIND",
        "What is read has not come to the position asked for with `at_least`.",
        "Ask again, or leave `at_least` out.",
        503,
    )
    READ_MODEL_BUILDING = "READ_MODEL_BUILDING", "What is read is being built anew.", "Ask again in a while.", 503
