"""What is printed: for a person, and for a program."""

import msgspec
import pytest
from dynamodr.failover.events import Event
from dynamodr.failover.look import look
from dynamodr.failover.outline import outline
from dynamodr.failover.report import last, line, outlined, paused, result
from dynamodr.failover.status import as_text, status
from dynamodr.failover.steps import End

from tests.unit.failover.virtual.world import EAST, WEST, World


def running() -> World:
    world = World(dials={EAST: 100, WEST: 0}, writing=False)
    world.time.sleep(12.0)
    return world


def shown(world: World) -> str:
    command = world.command(WEST)
    return as_text(status(look(command._world, command.goal)))


def event(
    kind: str, name: str, *, elapsed: float = 1.0, ok: bool | None = True, seconds: float = 0.0
) -> Event:
    return Event(
        kind=kind, name=name, detail="so", at_ms=1_800_000_000_250, elapsed=elapsed, seconds=seconds, ok=ok
    )


def test_a_line() -> None:
    assert line(event("step", "lift", seconds=0.25)) == (
        "08:00:00.250  +   1.0 s  ok  lift                  so (0.2 s)"
    )
    assert "  !!  overridden            replication lag: so" in line(
        event("overridden", "replication lag", ok=False)
    )
    assert "  no  compare  " in line(event("step", "compare", ok=False))
    assert "  ..  settle  " in line(event("wait", "settle", ok=None))
    assert "  ??  unknown  " in line(event("note", "unknown", ok=None))


def test_the_pause_is_from_the_fence_to_the_first_that_ends_it() -> None:
    events = [event("step", name, elapsed=at) for name, at in (("fence", 1.0), ("lift", 8.5), ("carry", 8.6))]
    assert paused(events) == 7.5
    assert paused(events[1:]) is None, "another run has paused them"
    assert paused(events[:1]) is None
    back = [event("step", "fence", elapsed=1.0), event("step", "return", elapsed=4.0)]
    assert paused(back) == 3.0


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("done", 0, "Done: it is so. Writes were paused for 2.0 s."),
        ("stopped", 1, "Stopped; run it again: it is so. Writes were paused for 2.0 s."),
        ("refused", 2, "Refused; nothing was changed: it is so. Writes were paused for 2.0 s."),
    ],
)
def test_the_end(name: str, code: int, said: str) -> None:
    events = [event("step", "fence", elapsed=1.0), event("step", "lift", elapsed=3.0)]
    ended = End(name=name, detail="it is so")  # type: ignore[arg-type]  # a parameter of a test
    summary = result(WEST, ended, events, forced=False)
    assert (summary.exit_code, summary.paused_seconds, summary.seconds) == (code, 2.0, 3.0)
    assert last(summary) == said
    sentence = End(name=name, detail="it is so.")  # type: ignore[arg-type]  # a check's cure is a sentence
    assert last(result(WEST, sentence, events, forced=False)) == said
    assert msgspec.json.decode(msgspec.json.encode(summary))["kind"] == "result"


def test_status_in_peace() -> None:
    text = shown(running())
    assert text.splitlines()[:2] == [
        "Writes       us-east-1 (epoch 0: no fence yet)",
        "Accelerator  users, DEPLOYED",
    ]
    assert "us-east-1       ACTIVE        100  HEALTHY, " not in text
    assert text.count("Replication lag ") == 2


def test_status_while_moving() -> None:
    world = running()
    command = world.command(WEST)
    while not any(told.name == "settle" for told in world.events):
        command.turn()
    assert shown(world).startswith("Writes       paused, moving to us-west-2 (epoch 1)")


def test_status_of_a_region_that_is_gone() -> None:
    world = running()
    world.table.lose(EAST)
    world.stop_pods(EAST)
    world.time.sleep(30.0)
    text = shown(world)
    east = next(row for row in text.splitlines() if row.startswith(EAST))
    assert "no answer" in east
    assert "silent for 3" in east
    assert "Replication lag us-west-2 -> us-east-1: unknown" in text


def test_status_while_nothing_replicates() -> None:
    """Each Region's pods are heard where they are heard last."""
    world = running()
    world.table.pause(EAST, WEST)
    world.time.sleep(30.0)
    assert "silent" not in shown(world)
    assert "Replication lag us-east-1 -> us-west-2: 3" in shown(world)


def test_what_a_look_shows_was_so_when_it_ends() -> None:
    """A wait that began before the answers would end before it may."""
    world = running()
    command = world.command(WEST)
    began = world.time.now()
    seen = look(command._world, command.goal)
    assert began < seen.now == world.time.now()


def test_status_without_the_accelerators_api() -> None:
    world = running()
    world.edge.down = True
    text = shown(world)
    assert "Accelerator  does not answer: us-west-2: no answer in 0.5 s" in text
    assert next(row for row in text.splitlines() if row.startswith(EAST)).split()[2:4] == ["?", "?"]


def test_status_when_nothing_answers() -> None:
    world = running()
    world.table.lose(EAST)
    world.table.lose(WEST)
    assert shown(world).startswith("Writes       unknown: no replica answers\n")


def test_status_of_pods_that_take_writes_anywhere() -> None:
    world = World(mode="any", writing=False)
    world.time.sleep(12.0)
    assert "(any), " in shown(world)


def planned(world: World, *, forced: bool = False) -> list[str]:
    command = world.command(WEST, forced=forced)
    goal = command.goal
    return [step.name for step in outline(goal, look(command._world, goal))]


def test_an_outline_is_what_is_then_done() -> None:
    world = running()
    foreseen = planned(world)
    assert foreseen[-1] == "done"
    world.run(WEST)
    done = [told.name for told in world.events if told.kind == "step"]
    waits = {"settle", "deployed", "handover", "confirm"}
    assert [name for name in foreseen[:-1] if name not in waits] == done


def test_an_outline_of_a_forced_one() -> None:
    world = running()
    world.table.lose(EAST)
    world.edge.healthy[EAST] = False
    names = planned(world, forced=True)
    assert [name for name in names if name not in ("deployed", "handover")] == [
        "force",
        "dial-up",
        "dial-down",
        "done",
    ]


def test_an_outline_ends_at_whatever_time_it_is_made() -> None:
    # From there 5.5 s in steps of one leave less than the time's last bit.
    world = running()
    command = world.command(WEST)
    view = msgspec.structs.replace(look(command._world, command.goal), now=510.5880801746119)
    assert outline(command.goal, view)[-1].name == "done"


def test_an_outline_of_a_long_wait() -> None:
    world = running()
    world.run(WEST)
    world.stop_pods(WEST)
    beat = world.table.read(WEST, f"beat {WEST}")
    world.table.write(
        WEST, f"beat {WEST}", msgspec.structs.replace(beat, beat=beat.beat + 1, standing="standby")
    )
    command = world.command(WEST, confirm=900.0)
    steps = outline(command.goal, look(command._world, command.goal))
    assert [step.name for step in steps] == ["confirm", "stopped"]


def test_an_outline_of_a_refusal() -> None:
    world = running()
    world.edge.healthy[WEST] = False
    assert planned(world) == ["refused"]
    assert planned(world, forced=True) == ["refused"]


def test_an_outline_in_words() -> None:
    world = running()
    command = world.command(WEST)
    view = look(command._world, command.goal)
    text = "\n".join(outlined([], outline(command.goal, view), forced=False))
    assert " 1. fence " in text
    assert "wait: until no pod in us-east-1" in text
    assert "would be done" in text
