"""OpenTelemetry, for those who have a collector: a span a request, sent by OTLP over HTTP.

On where OTEL_EXPORTER_OTLP_ENDPOINT (or …_TRACES_ENDPOINT) says where to, and the extra `dynamodr[otel]` is
installed; the SDK's own variables set the rest (OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER, …). Off, nothing of
it is imported. A span is made when its request has ended, of what the log line says too.
"""

import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from dynamodr import __version__

if TYPE_CHECKING:
    from dynamodr.serve.trace import Parent

log = logging.getLogger("dynamodr.serve")

WHERE = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
Tell = Callable[[dict[str, Any], "Parent | None", float], None]
"""What is told of a request: its log line's fields, its caller, and how many seconds it took."""


class Spans(NamedTuple):
    """What sends them, and what ends that."""

    tell: Tell
    stop: Callable[[], None]


def wanted(environ: Mapping[str, str]) -> bool:
    """Tell whether there is a collector, and nobody has said no."""
    off = (
        environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
        or environ.get("OTEL_TRACES_EXPORTER") == "none"
    )
    return not off and any(environ.get(name) for name in WHERE)


def begin(environ: Mapping[str, str], region: str) -> Spans | None:
    """Begin, after the fork: it starts a thread. None where nobody wants them, or they can't be made."""
    if not wanted(environ):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        from opentelemetry.trace import (  # noqa: PLC0415
            NonRecordingSpan,
            SpanContext,
            SpanKind,
            Status,
            StatusCode,
            TraceFlags,
            set_span_in_context,
        )
    except ImportError:
        # A variable that some operator sets in every pod is no reason not to serve.
        log.warning(
            "no traces: this installation lacks dynamodr[otel], which OTEL_EXPORTER_OTLP_ENDPOINT needs"
        )
        return None
    named = {} if environ.get("OTEL_SERVICE_NAME") else {"service.name": "dynamodr"}
    resource = Resource.create({**named, "service.version": __version__, "cloud.region": region})
    # No exit hook: the worker stops it, and a hook would run in a fork's exit, too.
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracer = provider.get_tracer("dynamodr.serve", __version__)

    def tell(fields: dict[str, Any], caller: "Parent | None", seconds: float) -> None:
        ended = time.time_ns()
        context = None
        if caller:
            flags = TraceFlags(TraceFlags.SAMPLED if caller.sampled else TraceFlags.DEFAULT)
            remote = SpanContext(int(caller.trace_id, 16), int(caller.span_id, 16), True, flags)
            context = set_span_in_context(NonRecordingSpan(remote))
        span = tracer.start_span(
            f"{fields['method']} {fields['route']}",
            context,
            SpanKind.SERVER,
            {
                "http.request.method": fields["method"],
                "http.route": fields["route"],
                "http.response.status_code": fields["status"],
                "dynamodr.request_id": fields["request_id"],
                "dynamodr.dynamodb_calls": fields["dynamodb_calls"],
                "dynamodr.dynamodb_ms": fields["dynamodb_ms"],
            },
            start_time=ended - round(seconds * 1e9),
        )
        if fields["status"] >= 500:
            span.set_status(Status(StatusCode.ERROR))
        span.end(ended)

    return Spans(tell, provider.shutdown)
