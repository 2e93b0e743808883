"""The chart's test: add a user through the Service, read it back, remove it.

Run in the service's own image by `helm test`; needs SERVICE_URL (with the base path), and no more than the
standard library. Exits 0 if the user came back as it went in, else 1 with a sentence.
"""

import json
import os
import sys
import urllib.error
import urllib.request
import uuid
from pathlib import Path

URL = os.environ["SERVICE_URL"]
TOKEN_FILE = os.environ.get("AUTH_TOKEN_FILE")


def call(method, path, body=None):
    """Status, headers, and JSON, text or None of one call."""
    request = urllib.request.Request(URL + path, method=method)  # noqa: S310 - the chart's own URL
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    if TOKEN_FILE:
        request.add_header("Authorization", "Bearer " + Path(TOKEN_FILE).read_text().split()[0])
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - as above
            text = answer.read()
            return answer.status, answer.headers, json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        text = error.read()
        is_json = "json" in error.headers.get("Content-Type", "")
        return error.code, error.headers, json.loads(text) if is_json else text.decode(errors="replace")


def demand(wanted, what, answer):
    """The answer, if its status is the wanted one; ends the test if not."""
    if answer[0] != wanted:
        sys.exit(f"{what}: {answer[0]} instead of {wanted}: {answer[2]}")
    print(f"{what}: {answer[0]}")
    return answer


user = {"username": "helm-test-" + uuid.uuid4().hex, "last_name": "Test", "name": "Helm Test"}
user["mail"] = user["username"] + "@example.com"
path = f"/users/{user['username']}/{user['last_name']}"

added = call("POST", "/users", user)
if added[0] == 503 and "region-not-active" in str(added[2]):
    # A standby Region under a fence: that it reads, and refuses to write, is what it is for.
    print("this Region is not the active one: it took no write")
    demand(200, "list users", call("GET", "?limit=1"))
    sys.exit(0)
demand(201, "add a user", added)
_, _, found = demand(200, "read it back", call("GET", path + "?consistent=true"))
for key, value in user.items():
    if found.get(key) != value:
        sys.exit(f"{key} is {found.get(key)!r}, but {value!r} was added")
demand(204, "remove it", call("DELETE", path))
demand(404, "it is gone", call("GET", path + "?consistent=true"))
