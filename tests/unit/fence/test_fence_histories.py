"""Random histories: a Region that was out while the writes were forced elsewhere waits until it is told."""

import random

import pytest
from dynamodr.fence import core
from dynamodr.fence.core import MAX_AGE
from dynamodr.fence.record import Fence, Heartbeat, Site
from dynamodr.fence.trust import Evidence, Mark, evidence
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.failover.virtual.world import EAST, WEST, World


def history(seed: int) -> list[str]:
    """Lose the active Region, force the writes to the other, let it come back; return what went wrong."""
    draw = random.Random(seed)
    world = World(seed=seed, writing=False, pods=draw.randint(1, 3))
    world.time.sleep(12.0)
    world.table.lag = (0.1, draw.choice([0.5, 3.0, 15.0]))
    world.time.sleep(draw.uniform(0.0, 5.0))
    if draw.random() < 0.3:
        world.table.pause(WEST, EAST)
    if draw.random() < 0.3:
        world.stop_pods(EAST)
    world.table.lose(EAST)
    world.time.sleep(MAX_AGE + draw.uniform(0.0, 20.0))
    fence = Fence(active_region=WEST, epoch=100, target=WEST, written_in=WEST, forced=True)
    world.table.write(WEST, "fence", fence)
    world.time.sleep(draw.uniform(0.0, 60.0))
    if draw.random() < 0.3:
        world.stop_pods(WEST)
    if draw.random() < 0.3:
        world.stop_pods(EAST)
        world.start_pods(EAST)
    world.table.restore(EAST)
    for _ in range(3):
        world.time.at(draw.uniform(0.0, 60.0), lambda: world.start_pods(EAST, 1))
    world.time.at(draw.uniform(0.0, 60.0), lambda: world.start_pods(WEST, 1))
    world.time.at(draw.uniform(0.0, 90.0), lambda: world.table.resume(WEST, EAST))
    wrong = []
    for _ in range(1200):
        world.time.sleep(0.1)
        if EAST in world.active():
            wrong.append(f"seed {seed}: the Region in the east writes at {world.time.now():.1f} s")
    if world.standing(EAST) != {"standby"} or world.standing(WEST) != {"active"}:
        wrong.append(f"seed {seed}: in the end {world.standing(EAST)} and {world.standing(WEST)}")
    return wrong


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1_000_000))
def test_it_does_not_write_until_told(seed: int) -> None:
    assert history(seed) == []


def test_a_follower_that_believes_what_it_reads_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "evidence", lambda *_: "born")
    assert any(history(seed) for seed in range(10))


def test_a_follower_that_takes_any_heartbeat_of_a_peer_for_an_answer_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lax(
        site: Site, mark: Mark, fence: Fence | None, beats: dict[str, Heartbeat] | None, now: float
    ) -> Evidence | None:
        peer = (beats or {}).get(WEST)
        agrees = peer is not None and peer.epoch <= (fence.epoch if fence else 0)
        return "peer" if agrees else evidence(site, mark, fence, beats, now)

    monkeypatch.setattr(core, "evidence", lax)
    assert any(history(seed) for seed in range(10))
