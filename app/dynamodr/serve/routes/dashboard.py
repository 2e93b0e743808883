"""The dashboard, and what it asks each second.

It polls. A server-sent event stream would hold one of a worker's few threads for each page that is open, and
its connection the Region: new connections are what the accelerator's dials rule.
"""

import time
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec
from flask import Response

from dynamodr import __version__
from dynamodr.fence.follower import Follower, Reading
from dynamodr.fence.gate import boottime
from dynamodr.serve import problems, shaping
from dynamodr.serve.operations import JSON, UNCHANGED, Answer, Operation, Parameter
from dynamodr.serve.parts import now
from dynamodr.serve.problems import Problem
from dynamodr.serve.standing import Status, status

if TYPE_CHECKING:
    from dynamodr.serve.parts import Parts

STATUS = "/status"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
ASSETS = {
    "dashboard.css": "text/css; charset=utf-8",
    "dashboard.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


class DashboardRoutes:
    """The handlers."""

    def __init__(self, parts: "Parts") -> None:
        self._parts = parts
        base = parts.settings.base_path
        folder = files("dynamodr.serve") / "ui"
        page = (folder / "dashboard.html").read_text("utf-8").replace("{{base}}", base)
        self._page = _Asset(page.encode(), "text/html; charset=utf-8")
        self._assets = {name: _Asset((folder / name).read_bytes(), kind) for name, kind in ASSETS.items()}

    def operations(self) -> tuple[Operation, ...]:
        """Declare them."""
        asset = Parameter("asset", "path", {"type": "string", "enum": sorted(ASSETS)}, "A part of the page")
        kinds = tuple(kind.partition(";")[0] for kind in ASSETS.values())
        return (
            Operation(
                "getStatus",
                "GET",
                STATUS,
                self.status,
                "Read where this Region stands: the fence, the heartbeats, the replication lag",
                (Answer(200, "As this pod has read it lately; nothing is asked for it", Status),),
                reads=True,
                calls_dynamodb=False,
            ),
            Operation(
                "getDashboard",
                "GET",
                "/ui",
                self.page,
                "Look at the dashboard",
                (Answer(200, "A page", None, ("ETag",), ("text/html",)), UNCHANGED),
                calls_dynamodb=False,
            ),
            Operation(
                "getDashboardAsset",
                "GET",
                "/ui/<asset>",
                self.asset,
                "Read a part of the dashboard",
                (Answer(200, "It", None, ("ETag",), kinds), UNCHANGED),
                (problems.NO_SUCH_ROUTE,),
                (asset,),
                calls_dynamodb=False,
            ),
        )

    def status(self) -> Response:
        """Where this Region stands."""
        settings = self._parts.settings
        reading = next(
            (work.reading for work in self._parts.background if isinstance(work, Follower)), Reading()
        )
        told = status(
            region=settings.aws_region,
            mode=settings.write_mode,
            version=__version__,
            at=now(),
            wall=time.time(),
            reading=reading,
            verdict=reading.verdict.at(boottime()),
        )
        return Response(msgspec.json.encode(told), content_type=JSON)

    def page(self) -> Response:
        """The page."""
        response = self._page.response()
        response.headers["Content-Security-Policy"] = POLICY
        return response

    def asset(self, asset: str) -> Response:
        """A part of the page."""
        if asset not in self._assets:
            raise Problem(problems.NO_SUCH_ROUTE)
        return self._assets[asset].response()


class _Asset:
    def __init__(self, data: bytes, kind: str) -> None:
        self._data = data
        self._kind = kind
        self._tag = shaping.tag(data)

    def response(self) -> Response:
        response = Response(self._data, content_type=self._kind)
        response.headers["ETag"] = self._tag
        response.headers["Cache-Control"] = "no-cache"  # keep it, but ask each time (ETag)
        return response
