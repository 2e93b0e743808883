"""Who may write, and where: the token and the write gate."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from dynamodr.serve.seam import RegionNotActive
from dynamodr.settings import SettingsError

from tests.contract.service.checked import CheckedClient

if TYPE_CHECKING:
    from tests.contract.service.conftest import Client

BODY = {"name": "Jo Doe", "mail": "jo@example.org"}
WRITES: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/dynamodr/users", BODY | {"username": "gated", "last_name": "Doe"}),
    ("PUT", "/dynamodr/users/gated/Doe", BODY),
    ("POST", "/dynamodr/add-user", None),
    ("GET", "/dynamodr/add-user", None),
    ("DELETE", "/dynamodr/users/gated/Doe", None),
)
READS = (
    "/dynamodr",
    "/dynamodr/users/gated",
    "/dynamodr/openapi.json",
    "/livez",
    "/readyz",
    "/healthz/region",
)


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("first\n")
    return path


@pytest.fixture
def locked(serve: "Client", table: str, token: Path) -> CheckedClient:
    return serve(TABLE_NAME=table, AUTH_TOKEN_FILE=str(token))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_writes_need_the_token_and_reads_do_not(locked: CheckedClient) -> None:
    wrong: tuple[dict[str, str], ...] = (
        {},
        bearer("second"),
        bearer(""),
        bearer("firs"),
        {"Authorization": "Basic first"},
        bearer("é"),
    )
    for method, path, body in WRITES:
        for headers in wrong:
            response = locked.open(path, method=method, json=body, headers=headers)
            assert response.status_code == 401
            assert response.headers["WWW-Authenticate"].startswith('Bearer realm="dynamodr"')
    assert locked.get("/dynamodr").get_json() == []
    for path in READS:
        assert locked.get(path).status_code == 200
    for method, path, body in WRITES:
        response = locked.open(path, method=method, json=body, headers=bearer("first"))
        assert response.status_code in (200, 201, 204)


def test_a_token_is_rotated_without_a_restart(locked: CheckedClient, token: Path) -> None:
    def write(sent: str) -> int:
        return locked.post("/dynamodr/add-user", headers=bearer(sent)).status_code

    token.write_text("first\nsecond\n")  # both, for a while
    assert (write("first"), write("second"), write("third")) == (201, 201, 401)
    replacement = token.with_suffix(".new")
    replacement.write_text("second")
    replacement.rename(token)
    assert (write("first"), write("second")) == (401, 201)


def test_without_its_file_no_write_is_taken(locked: CheckedClient, token: Path) -> None:
    for spoil in (lambda: token.write_text("\n"), token.unlink):
        spoil()
        response = locked.post("/dynamodr/add-user", headers=bearer("first"))
        assert (response.status_code, response.get_json()["type"]) == (
            503,
            "/dynamodr/problems/token-unreadable",
        )
    token.write_text("first")
    assert locked.post("/dynamodr/add-user", headers=bearer("first")).status_code == 201


def test_a_token_file_that_is_no_use_stops_the_start(serve: "Client", tmp_path: Path) -> None:
    (tmp_path / "empty").write_text(" \n")
    for name in ("empty", "absent", "."):
        with pytest.raises(SettingsError, match="AUTH_TOKEN_FILE"):
            serve(AUTH_TOKEN_FILE=str(tmp_path / name))


@pytest.mark.parametrize("active", ["us-west-2", ""])
def test_a_closed_gate_stops_writes_and_only_them(alone: CheckedClient, active: str) -> None:
    class Closed:
        def check(self) -> None:
            raise RegionNotActive(active, "Why not.")

        def pending(self) -> str:
            return ""

    alone.application.parts.gate = Closed()  # type: ignore[attr-defined]  # ours, not Flask's
    for method, path, body in WRITES:
        response = alone.open(path, method=method, json=body)
        problem = response.get_json()
        assert (response.status_code, problem["type"]) == (503, "/dynamodr/problems/region-not-active")
        assert (problem["active_region"], problem["applied"]) == (active, "no")
        assert problem["detail"] == "Why not."
        assert "Retry-After" in response.headers
    for path in READS:
        assert alone.get(path).status_code == 200
    assert alone.get("/dynamodr").get_json() == []


def test_a_write_that_is_not_let_in_is_in_no_doubt_whatever_came_before_it(alone: CheckedClient) -> None:
    class Closed:
        def check(self) -> None:
            raise RegionNotActive("us-west-2")

    parts = alone.application.parts  # type: ignore[attr-defined]  # ours, not Flask's
    parts.gate = Closed()
    parts.calls.tally.doubtful = True  # as a request leaves it that this thread has answered
    assert alone.post("/dynamodr/add-user").get_json()["applied"] == "no"
