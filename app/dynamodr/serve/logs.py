"""Logs: JSON, one line each, on standard output."""

import logging
import sys
from typing import Any

from gunicorn.glogging import Logger
from pythonjsonlogger.msgspec import MsgspecFormatter

from dynamodr.settings import LogLevel

requests = logging.getLogger("dynamodr.request")


class ServerLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn's messages, in our format; its access log is off, because the service writes its own."""

    def setup(self, cfg: Any) -> None:
        """Leave the handlers to the root logger."""
        self.cfg = cfg
        self._access_log_enabled = False
        self.error_log.propagate = True
        self.error_log.handlers = []


def configure(level: LogLevel, region: str) -> None:
    """Send every logger's lines to standard output, as JSON."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        MsgspecFormatter(
            ["levelname", "name", "message"],
            rename_fields={"levelname": "level", "name": "logger"},
            static_fields={"region": region},
            timestamp="time",
        )
    )
    # No line tells of these, so no record need: https://docs.python.org/3/howto/logging.html#optimization
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("botocore").setLevel(logging.WARNING)  # its debug lines hold items, which are people
    # It tells of a refresh that failed while the old ones still hold: worth a line, not a stack trace each.
    logging.getLogger("botocore.credentials").addFilter(_in_a_line)
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # each retry is counted, and the last failure logged


def _in_a_line(record: logging.LogRecord) -> bool:
    if record.exc_info:
        record.error = repr(record.exc_info[1])
        record.exc_info = None
    return True
