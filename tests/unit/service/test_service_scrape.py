"""What the metrics' port answers while other processes make and fill their files."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import urllib3
from dynamodr.serve import scrape
from prometheus_client.mmap_dict import MmapedDict, mmap_key

Port = Callable[[str], urllib3.BaseHTTPResponse]


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    write: Any = MmapedDict  # which has no types
    counts = write(str(tmp_path / "counter_1.db"))
    key = mmap_key("dynamodr_things", "dynamodr_things_total", ["kind"], ["one"], "Things")
    counts.write_value(key, 3.0, 0.0)
    counts.close()
    return tmp_path


@pytest.fixture
def port(directory: Path) -> Port:  # noqa: ARG001 - it must be there before
    listener = socket.create_server(("127.0.0.1", 0))
    scrape.start(listener, "us-east-1", lambda: True)
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    return lambda path: urllib3.request("GET", base + path, retries=False)


def test_counts_and_the_pods_own_state(port: Port) -> None:
    text = port("/metrics").data.decode()
    assert 'dynamodr_things_total{kind="one"} 3.0' in text
    assert "dynamodr_draining 1.0" in text
    assert 'region="us-east-1"' in text
    assert port("/").status == 404


def test_a_file_that_is_just_being_made_is_passed_over(directory: Path, port: Port) -> None:
    (directory / "counter_2.db").touch()
    answer = port("/metrics")
    assert answer.status == 200
    assert "dynamodr_things_total" in answer.data.decode()


def test_what_cannot_be_read_is_said(directory: Path, port: Port, caplog: pytest.LogCaptureFixture) -> None:
    (directory / "counter_2.db").write_bytes(b"?")
    answer = port("/metrics")
    assert answer.status == 500
    assert b"the log tells why" in answer.data
    assert "the metrics can't be read" in caplog.text
    (directory / "counter_2.db").unlink()
    assert port("/metrics").status == 200
