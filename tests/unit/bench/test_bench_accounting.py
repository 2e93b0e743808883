import subprocess
import sys
from pathlib import Path

import pytest

from bench.accounting import Process, cpu, family, parse, pss

STAT = "4242 (gunicorn: (x) y) S 17 4242 4242 0 -1 4194560 9 9 0 0 120 30 7 3 20 0 3 0 1000 1 1 99"


def test_a_stat_is_read_though_the_name_has_parentheses() -> None:
    assert parse(STAT) == Process(pid=4242, parent=17, ticks=120 + 30 + 7 + 3)


def test_a_family_is_all_below_and_nobody_else() -> None:
    there = [Process(5, 4, 50), Process(1, 0, 1), Process(3, 2, 30), Process(2, 1, 20), Process(4, 3, 40)]
    assert {one.pid for one in family(there, 2)} == {2, 3, 4, 5}
    assert family(there, 99) == []


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="as Linux tells it")
def test_what_an_ended_child_used_is_counted() -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    run = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"
    script = f"{run}; print('done', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        assert parent.stdout.readline() == "done\n"
        assert 0.28 <= cpu(parent.pid) < 2.0
        assert pss(parent.pid) > 1.0
        parent.communicate("\n")
    assert cpu(parent.pid) == 0.0
