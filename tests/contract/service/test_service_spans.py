"""OpenTelemetry: spans at a collector, and nothing at all without one."""

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from dynamodr.serve import spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.contract.service.process import eventually, serving

if TYPE_CHECKING:
    from rehearsal.world import World


class Collector(HTTPServer):
    """Takes spans."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.spans: list[Any] = []
        self.resources: list[dict[str, str]] = []


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        request = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
        for group in request.resource_spans:
            told = {one.key: one.value.string_value for one in group.resource.attributes}
            for scope in group.scope_spans:
                self.server.resources += [told] * len(scope.spans)
                self.server.spans += scope.spans
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        thread = threading.Thread(target=lambda: collector.serve_forever(poll_interval=0.02), daemon=True)
        thread.start()
        yield collector
        collector.shutdown()
        thread.join()


def test_a_request_is_a_span_of_its_callers_trace(world: "World", table: str, collector: Collector) -> None:
    variables = {
        "AWS_REGION": "us-east-1",
        "DYNAMO_ENDPOINT": world.endpoint,
        "TABLE_NAME": table,
        "WORKERS": "1",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
    }
    trace, caller = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    with serving(variables) as service:
        service.get("/dynamodr/users/nobody/Doe", traceparent=f"00-{trace}-{caller}-01")
        service.get("/dynamodr/users/nobody/Doe", traceparent=f"00-{trace}-{caller}-00")  # not sampled
        service.get("/livez")
        eventually(lambda: bool(collector.spans))
        service.get("/dynamodr/users/nobody")
        assert service.stop() == 0  # which sends the last
    first, last = collector.spans
    assert (first.trace_id.hex(), first.parent_span_id.hex()) == (trace, caller)
    assert first.name == "GET /dynamodr/users/{username}/{last_name}"
    said = {one.key: one.value.int_value or one.value.string_value for one in first.attributes}
    assert (said["http.response.status_code"], said["dynamodr.dynamodb_calls"]) == (404, 1)
    assert 0 < first.end_time_unix_nano - first.start_time_unix_nano < 15e9
    assert not last.parent_span_id
    assert collector.resources[0]["service.name"] == "dynamodr"
    assert collector.resources[0]["cloud.region"] == "us-east-1"


def test_without_a_collector_nothing_is_imported() -> None:
    code = (
        "import sys; from dynamodr.serve import app, parts, spans; assert spans.begin({}, 'x') is None;"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_without_the_extra_it_serves_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in [name for name in sys.modules if name.startswith("opentelemetry")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter", None)
    caplog.set_level(logging.WARNING)
    assert spans.begin({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}, "us-east-1") is None
    assert "dynamodr[otel]" in caplog.text


def test_who_says_no_means_it() -> None:
    there = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    assert spans.wanted(there)
    assert not spans.wanted(there | {"OTEL_SDK_DISABLED": "true"})
    assert not spans.wanted(there | {"OTEL_TRACES_EXPORTER": "none"})
