"""The dashboard in a real browser, through the accelerator's front door, while a Region is failed over."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rehearsal.core.faults import PauseReplication
from rehearsal.core.links import Lag
from rehearsal.ports import Choice, settle
from rehearsal.running import Rehearsal, RehearsalConfig, usual_ports
from rehearsal.up import make_table
from tests.contract.dashboard.chromium import BINARY, Page, browser

EAST, WEST = "us-east-1", "us-west-2"
PICTURES = os.environ.get("PICTURES")
"""Where to leave screenshots; for docs/."""

pytestmark = [
    pytest.mark.skipif(BINARY is None, reason="not run: chromium is not installed (apt install chromium)"),
    pytest.mark.timeout(300),
]


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    ports, _ = settle(usual_ports(), Choice.AUTO)
    config = RehearsalConfig(
        ports,
        time_factor=0.02,
        lag=Lag(median=0.4),
        service_settings={"WRITE_MODE": "active-region", "WORKERS": "1", "DRAIN_SECONDS": "0"},
        logs=tmp_path_factory.mktemp("logs"),
    )
    with Rehearsal(config) as rehearsal:
        make_table(rehearsal)
        rehearsal.services.start()
        rehearsal.services.wait_ready(60)
        yield rehearsal


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("chromium")) as page:
        yield page


def fail_over(rehearsal: Rehearsal, region: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "dynamodr", "failover", "to", region, "--planned"],
        env=os.environ
        | {
            "AWS_REGION": EAST,
            "TABLE_REGIONS": f"{EAST},{WEST}",
            "DYNAMO_ENDPOINT": rehearsal.endpoint,
            "AWS_ENDPOINT_URL_GLOBAL_ACCELERATOR": rehearsal.endpoint,
            "AWS_ACCESS_KEY_ID": "tests",
            "AWS_SECRET_ACCESS_KEY": "tests",
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def element(page: Page, role: str) -> list[dict[str, Any]]:
    """What a screen reader finds."""
    nodes = page.send("Accessibility.getFullAXTree")["nodes"]
    return [node for node in nodes if not node["ignored"] and node["role"]["value"] == role]


def add(page: Page, region: str) -> None:
    """By the keyboard alone: Tab to the button, Enter, until it is added there."""
    page.until("!document.getElementById('button').hasAttribute('aria-disabled')")
    page.value("document.getElementById('outcome').textContent = ''")
    page.value("document.getElementById('button').focus()")
    page.press("Enter")
    page.until(f"document.getElementById('outcome').innerText.endsWith(' in {region}.')")
    name = page.text("outcome").removeprefix("Added ").removesuffix(f" in {region}.")
    page.until(
        f"[...document.querySelectorAll('#users tr')].some((row) => row.innerText.includes({name!r})"
        f" && row.cells[1].innerText === {region!r})"
    )


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.picture(Path(PICTURES) / f"{name}.png")


def live_a_little(rehearsal: Rehearsal, page: Page) -> None:
    """Something to see, for the pictures: a pause of replication, and its end."""
    time.sleep(45)
    pause = rehearsal.world.inject(PauseReplication(source=WEST, target=EAST))
    time.sleep(14)
    rehearsal.world.undo(pause)
    time.sleep(25)
    for _ in range(3):
        add(page, WEST)
    page.value("document.activeElement.blur()")
    page.until("!document.getElementById('button').hasAttribute('aria-disabled')")


def test_a_failover_as_a_person_sees_it(rehearsal: Rehearsal, page: Page) -> None:
    page.look_at(rehearsal.url + "/dynamodr/ui")
    page.until(f"document.getElementById('writes')?.innerText === '{EAST} takes the writes.'")
    assert page.text("region") == EAST
    for _ in range(3):
        add(page, EAST)
    page.until("document.querySelectorAll('#legend li').length === 2")
    page.until("[0, 1].every((n) => /L/.test(document.querySelector(`#chart .lag-${n}`).getAttribute('d')))")
    page.value(LISTEN)
    command = fail_over(rehearsal, WEST)
    page.until(f"document.getElementById('region').innerText === '{WEST}'", 90)
    page.until(f"document.getElementById('writes').innerText === '{WEST} takes the writes.'", 60)
    out, _ = command.communicate(timeout=120)
    assert command.returncode == 0, out
    heard = " ".join(page.value("heard"))
    assert f"{WEST} answers now, before {EAST}." in heard
    assert f"{WEST} takes the writes." in heard
    assert any("moving to" in told for told in page.value("told"))
    assert page.text("epoch") != "0"
    add(page, WEST)
    written = page.value("[...document.querySelectorAll('#users tr')].map((row) => row.cells[1].innerText)")
    assert sorted(written) == [EAST, EAST, EAST, WEST]
    if PICTURES:
        live_a_little(rehearsal, page)
    picture(page, "dashboard-light")
    page.scheme(dark=True)
    picture(page, "dashboard-dark")
    page.scheme(dark=False)
    assert page.complaints == []


def test_a_refusal_is_told_in_words(rehearsal: Rehearsal, page: Page) -> None:
    """At the Region that stands by, past the front door."""
    standby = EAST if WEST in page.text("writes") else WEST
    active = WEST if standby == EAST else EAST
    page.look_at(rehearsal.services[standby].url + "/dynamodr/ui")
    page.until(f"document.getElementById('writes')?.innerText === '{active} takes the writes.'")
    page.value("document.getElementById('button').click()")
    page.until("document.getElementById('outcome').className === 'bad'")
    assert page.text("outcome") == f"Not added: {active} takes the writes."
    assert page.value("document.activeElement !== document.getElementById('token')")


def test_it_fits_a_phone_and_a_screen_reader(rehearsal: Rehearsal, page: Page) -> None:
    page.look_at(rehearsal.url + "/dynamodr/ui", 390, 844)
    page.until("document.querySelectorAll('#users tr').length > 0")
    page.until("document.querySelectorAll('#legend li').length === 2")
    assert page.value("document.documentElement.scrollWidth") <= 390
    assert page.value("document.getElementById('button').getBoundingClientRect().height") >= 40
    assert [node["name"]["value"] for node in element(page, "button")] == ["Add a user"]
    headings = [node["name"]["value"] for node in element(page, "heading")]
    assert headings[0] == "dynamodr"
    assert {"Replication lag", "Users"} < set(headings)
    (chart,) = element(page, "image")
    assert f"{EAST} → {WEST}: " in chart["name"]["value"]
    assert len(element(page, "table")) == 2
    assert page.value("document.getElementById('news').getAttribute('aria-live')") == "assertive"
    if PICTURES:
        time.sleep(40)
    picture(page, "dashboard-phone")
    page.size(1180, 900)


def test_colours_are_told_apart(rehearsal: Rehearsal, page: Page) -> None:
    """WCAG 2.2 AA: text against its ground, 4.5 to 1, in both schemes."""
    page.look_at(rehearsal.url + "/dynamodr/ui")
    page.until("document.querySelectorAll('#users tr').length > 0")
    for dark in (False, True):
        page.scheme(dark=dark)
        pairs = page.value(CONTRASTS)
        assert len(pairs) > 20
        assert [pair for pair in pairs if pair[1] < 4.5] == []
    page.scheme(dark=False)


def test_no_answer_is_told_too(rehearsal: Rehearsal, page: Page) -> None:
    """Last: it ends the services."""
    page.look_at(rehearsal.url + "/dynamodr/ui")
    page.until("document.getElementById('region')?.innerText.startsWith('us-')")
    rehearsal.services.kill()
    page.until("document.getElementById('state').dataset.state === 'lost'")
    assert page.text("writes").startswith("No Region answers since ")


# What is announced, and what is shown of the writes, from now on.
LISTEN = """
window.heard = [];
window.told = [];
const at = (id) => document.getElementById(id);
const all = { childList: true, subtree: true, characterData: true };
new MutationObserver(() => heard.push(at("news").textContent)).observe(at("news"), all);
new MutationObserver(() => told.push(at("writes").textContent)).observe(at("writes"), all);
0;
"""
CONTRASTS = """
(() => {
  const light = (colour) => {
    const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255);
    const [r, g, b] = parts.map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (colour !== "rgba(0, 0, 0, 0)") return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const pairs = [];
  for (const node of document.querySelectorAll("body *")) {
    if (![...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim())) continue;
    const [a, b] = [light(getComputedStyle(node).color), light(ground(node))];
    pairs.push([node.id || node.tagName, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)]);
  }
  return pairs;
})()
"""
