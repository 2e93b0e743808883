"""Who a request is for: the Region, service and access key of its SigV4 credential scope."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d{8}/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")


class Scope(NamedTuple):
    """The credential scope. Signatures are not checked: any key pair is good."""

    access_key: str
    region: str
    service: str


def credential_scope(environ: Mapping[str, str]) -> Scope | None:
    """Read the scope from the Authorization header or a presigned query; None when not signed."""
    found = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    if found is None and "X-Amz-Credential=" in environ.get("QUERY_STRING", ""):
        query = environ["QUERY_STRING"].replace("%2F", "/").replace("X-Amz-Credential=", "Credential=")
        found = _CREDENTIAL.search(query)
    return Scope(*found.groups()) if found else None
