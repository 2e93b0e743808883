"""The world's own API, under /_rehearsal: its state, the ledger, the lag, and faults. JSON in and out.

GET    /_rehearsal/state                 Regions, tables, replication in flight, faults
GET    /_rehearsal/ledger?table=&images= lost updates by name, and writes in flight
PUT    /_rehearsal/lag                   {"median": s, "sigma": 0.5, "ceiling": s, "source": .., "target": ..}
POST   /_rehearsal/faults                a fault (rehearsal.core.faults, rehearsal.fault.desk) -> {"id": ...}
GET    /_rehearsal/faults                the faults that are on
DELETE /_rehearsal/faults/ID, or all     undo
GET    /_rehearsal/NAME                  more views, where the world was made with some
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qs

import msgspec

from rehearsal.core.links import Lag
from rehearsal.fault.desk import Desk, read
from rehearsal.wire.admin_views import ledger, state
from rehearsal.wire.app_answers import answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment

    from rehearsal.engine.shell import Shell

View: TypeAlias = "Callable[[Mapping[str, str]], Any]"


class LagRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A lag for new writes; in every direction, or from and to the Regions named."""

    median: float
    sigma: float = 0.5
    ceiling: float = 5.0
    source: str | None = None
    target: str | None = None


class RefusedError(Exception):
    """A request that can't be done, with the status and a message that says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Admin:
    """The WSGI app of /_rehearsal."""

    def __init__(
        self, shell: Shell, views: Mapping[str, View] | None = None, desk: Desk | None = None
    ) -> None:
        """`views` are answered at GET /_rehearsal/NAME; each gets the query. `desk` keeps the faults."""
        self._shell = shell
        self._views = views or {}
        self.desk = desk or Desk(shell)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one call."""
        try:
            body, status = self._answer(environ), 200
        except RefusedError as refused:
            body, status = {"error": str(refused)}, refused.status
        except (msgspec.ValidationError, msgspec.DecodeError, ValueError) as wrong:
            body, status = {"error": str(wrong)}, 400
        return answer(start_response, body, status, "application/json")

    def _answer(self, environ: WSGIEnvironment) -> Any:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"].removeprefix("/_rehearsal").strip("/")
        query = {name: values[-1] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
        raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if method == "GET" and path in self._views:
            return self._views[path](query)
        if path.split("/")[0] == "faults" and (told := self._faults(method, path.split("/")[1:], raw)):
            return told
        with self._shell.stepping() as now:
            match method, path.split("/"):
                case "GET", ["state"]:
                    return state(self._shell.core, now)
                case "GET", ["ledger"]:
                    return ledger(self._shell.core, now, query.get("table"), images="images" in query)
                case "PUT", ["lag"]:
                    return self._set_lag(raw)
        there = ", ".join(["state", "ledger", "lag", "faults", *self._views])
        raise RefusedError(404, f"no {method} /_rehearsal/{path}; there are {there}")

    def _faults(self, method: str, rest: list[str], raw: bytes) -> dict[str, Any] | None:
        match method, rest:
            case "GET", []:
                return {"faults": self.desk.list()}
            case "POST", []:
                return {"id": self.desk.inject(read(raw))}
            case "DELETE", []:
                return {"undone": self.desk.undo_all()}
            case "DELETE", [name]:
                if not self.desk.undo(name):
                    raise RefusedError(404, f"no fault {name!r} is on; GET /_rehearsal/faults lists them")
                return {"undone": [name]}
        return None

    def _set_lag(self, raw: bytes) -> dict[str, Any]:
        wanted = msgspec.json.decode(raw, type=LagRequest)
        lag = Lag(wanted.median, wanted.sigma, wanted.ceiling)
        self._shell.core.replication.set_lag(lag, wanted.source, wanted.target)
        return msgspec.to_builtins(wanted)  # type: ignore[no-any-return]  # a Struct is a dict there
