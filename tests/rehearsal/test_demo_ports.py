"""Ports: the usual ones, others, or a refusal that says who has them."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from subprocess import PIPE

import pytest

from rehearsal import ports
from rehearsal.ports import SEARCHED, Choice, PortTakenError, Wanted, _from_lsof, is_free, owner, settle


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def door(port: int, *, pinned: bool = False) -> Wanted:
    return Wanted("front door", port, "--door-port", pinned)


def free() -> int:
    return settle([door(0)], Choice.AUTO)[0]["front door"]


def test_a_usual_port_that_is_free_is_taken() -> None:
    port = free()
    assert settle([door(port)], Choice.PREFER) == ({"front door": port}, [])


def test_a_taken_one_gives_way_to_another_and_it_is_told(taken: int) -> None:
    found, (moved,) = settle([door(taken)], Choice.PREFER)
    assert found["front door"] in SEARCHED
    assert (moved.what, moved.wanted, moved.port) == ("front door", taken, found["front door"])
    assert f"pid {os.getpid()}" in moved.owner


@pytest.mark.parametrize("choice", Choice)
def test_a_pinned_one_is_refused_with_owner_and_cure(taken: int, choice: Choice) -> None:
    with pytest.raises(
        PortTakenError, match=rf"front door: port {taken} is in use by .+\(pid {os.getpid()}\)"
    ) as error:
        settle([door(taken, pinned=True)], choice)
    assert "--door-port" in str(error.value)
    assert "--ports auto" in str(error.value)


def test_fixed_ports_are_those_or_none(taken: int) -> None:
    with pytest.raises(PortTakenError, match=f"port {taken} is in use"):
        settle([door(taken)], Choice.FIXED)


def test_a_pinned_port_is_settled_before_all_usual_ones() -> None:
    port = free()
    found, (moved,) = settle([door(port), Wanted("endpoint", port, "--aws-port", pinned=True)], Choice.PREFER)
    assert found["endpoint"] == port
    assert (moved.what, moved.owner) == ("front door", "endpoint")
    assert moved.port == found["front door"] != port


@pytest.mark.parametrize(("choice", "pinned"), [(Choice.PREFER, True), (Choice.FIXED, False)])
def test_two_options_for_one_port_are_told_of_each_other(choice: Choice, pinned: bool) -> None:
    port = free()
    wanted = [door(port, pinned=pinned), Wanted("endpoint", port, "--aws-port", pinned=True)]
    with pytest.raises(
        PortTakenError, match=rf"port {port} is that of .+ with --[a-z]+-port or --[a-z]+-port"
    ):
        settle(wanted, choice)


def test_two_never_get_the_same() -> None:
    port = free()
    wanted = [door(port), Wanted("endpoint", port, "--aws-port")]
    found, moved = settle(wanted, Choice.PREFER)
    assert len(set(found.values())) == 2
    assert [one.what for one in moved] == ["endpoint"]
    found, _ = settle([door(0), Wanted("endpoint", 0, "--aws-port")], Choice.AUTO)
    assert len(set(found.values())) == 2


def test_what_another_rehearsal_has_chosen_and_not_bound_yet_is_not_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pair = next(range(at, at + 2) for at in SEARCHED if is_free(at) and is_free(at + 1))
    other = f"""if True:
        from rehearsal import ports
        ports.SEARCHED = {pair}
        ports.settle([ports.Wanted(what, 0, "") for what in "ab"], ports.Choice.AUTO)
        print("chosen", flush=True)
        input()
    """
    monkeypatch.setattr(ports, "SEARCHED", pair)
    with subprocess.Popen([sys.executable, "-c", other], stdin=PIPE, stdout=PIPE, text=True) as rehearsal:
        assert rehearsal.stdout is not None
        assert rehearsal.stdout.readline() == "chosen\n"
        with pytest.raises(PortTakenError, match="no port is free"):
            free()
        rehearsal.communicate("\n")
    assert free() in pair


def test_a_port_held_on_all_addresses_is_not_free() -> None:
    with socket.create_server(("", 0)) as server:
        assert not is_free(server.getsockname()[1])


def test_lsof_tells_the_owner_where_there_is_no_proc() -> None:
    assert _from_lsof("p4711\ncgunicorn\nf5\np4712\ncgunicorn\n") == "gunicorn (pid 4711)"
    assert _from_lsof("") is None


def test_nobody_owns_a_free_port() -> None:
    assert owner(free()) is None
