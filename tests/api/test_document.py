"""The document of the API says of every operation what the edge may answer before it is reached."""

from .test_operations import SIGNING_IN
from .world import World


def test_every_operation_documents_the_edge(still: World) -> None:
    """Too slow, too large, no JSON where there is a body; no token where one is needed; unavailable everywhere."""
    for name, operation in still.operations().items():
        documented = set(operation["responses"])
        assert "503" in documented, name
        assert ("requestBody" in operation) == ({"408", "413", "415"} <= documented), name
        assert ("security" in operation) == ("401" in documented) or name in SIGNING_IN, name
        for status, response in operation["responses"].items():
            assert status < "400" or set(response["content"]) == {"application/problem+json"}, (name, status)
