"""The codes of the command line itself, beside those of the commands that it gives. Add, never rename."""

from ..commands.meanings import ExplainedCode


class CliCode(ExplainedCode):
    """Each with what it means and what to do. The exit status is 1."""

    SETTINGS = "SETTINGS", "A setting is missing or makes no sense.", "The text says which and what to do."
    SCHEMA = "SCHEMA", "The database is not at the schema of this version.", "Run `projectory migrate`."
    MIGRATION = "MIGRATION", "A migration cannot be done.", "The text says why."
    AREA_UNKNOWN = "AREA_UNKNOWN", "There are two areas of migrations.", "Say `log` or `read`."
    DATABASE_UNREACHABLE = (
        "DATABASE_UNREACHABLE",
        "The database cannot be used.",
        "Check that it runs, and `PROJECTORY_DATABASE_URL`.",
    )
    WRONG_MASTER_KEY = (
        "WRONG_MASTER_KEY",
        "The database was made with another master key.",
        "Set the right `PROJECTORY_MASTER_KEY`, or put the key file back.",
    )
    ERASED_LIST_DAMAGED = "ERASED_LIST_DAMAGED", "The list of erased persons cannot be read.", "The text says where."
    ERASURE_REFUSED = "ERASURE_REFUSED", "A person on the list cannot be erased again.", "The text says why."
    DATABASE_IN_USE = "DATABASE_IN_USE", "Another process uses the database.", "Stop it, then try again."
    LOG_UNAVAILABLE = "LOG_UNAVAILABLE", "The log gave no answer; it may have been done.", "Look, then try again."
    TOO_BUSY = "TOO_BUSY", "Others change the same all the time; nothing was done.", "Try again."
    READ_MODEL_BEHIND = "READ_MODEL_BEHIND", "What is read is behind.", "Try again; look at `projectory projections`."
    READ_MODEL_BUILDING = "READ_MODEL_BUILDING", "What is read is being built anew.", "Try again in a while."
    CANNOT_LISTEN = "CANNOT_LISTEN", "The port is taken, or the address none of this machine.", "Choose another."
    CANNOT_SERVE = "CANNOT_SERVE", "The service could not start.", "The log says why."
    SAMPLE_MISSING = "SAMPLE_MISSING", "The sample plan is not in the package.", "Use `projectory serve`."
    WORKERS_MISSING = "WORKERS_MISSING", "The workers are not in the package.", "Run from a checkout or the image."
    INVALID = "INVALID", "Values do not fit.", "Correct what the text names."
    NOT_FOUND = "NOT_FOUND", "There is no such project, or none that you can see.", "See `projectory projects`."
    PROJECT_AMBIGUOUS = "PROJECT_AMBIGUOUS", "Several projects have this name.", "Give the id instead."
    MOMENT_UNKNOWN = "MOMENT_UNKNOWN", "No position of the log, and no time with a zone.", "The text shows how."
    USER_UNKNOWN = "USER_UNKNOWN", "There is no user of that name.", "Register one: `projectory user add`."
    IMPORT_INTERRUPTED = "IMPORT_INTERRUPTED", "A part of the file was taken over.", "Import it again: it goes on."
    AUDIT_BROKEN = "AUDIT_BROKEN", "The audit trail has no good row at its end.", "Run `projectory audit verify`."
    FILE_NOT_WRITTEN = "FILE_NOT_WRITTEN", "The file cannot be written.", "Check the path and its permissions."
    PROJECTION_UNKNOWN = "PROJECTION_UNKNOWN", "There is no read model of that name.", "The text names them."
    REACTION_UNKNOWN = "REACTION_UNKNOWN", "There is no reaction of that name.", "The text names them."
    NOT_CARRIED_OUT = "NOT_CARRIED_OUT", "The order stands, but nobody carries it out.", "Start workers."
    NOT_IN_LOG = "NOT_IN_LOG", "The log has no such event or stream.", "See `projectory log streams`."
    STREAM_AMBIGUOUS = "STREAM_AMBIGUOUS", "Several streams begin so.", "The text names some: say more of the name."
    NOT_EMPTY = "NOT_EMPTY", "A log is copied only into a database that nobody has used.", "Make a new one."
    NOT_OWNER = "NOT_OWNER", "Only the owner of the tables writes a whole log.", "Give the owner's URL."
    LOG_DAMAGED = "LOG_DAMAGED", "What was to be copied is no sound log; nothing was written.", "The text says where."
    LOG_FILE_CUT_OFF = "LOG_FILE_CUT_OFF", "The file ends early; nothing was written.", "Use a whole copy of the file."
    LOG_FILE_INVALID = (
        "LOG_FILE_INVALID",
        "The file is no copy of a log that this version reads; nothing was written.",
        "The text says where and why.",
    )
    REBUILD_STOPPED = "REBUILD_STOPPED", "The read model cannot be rebuilt.", "Mend what the text names, and retry."
