"""What the processes of a pod share, and what they conclude from it."""

import multiprocessing

from dynamodr.serve.shared import Shared


def test_a_child_sees_the_drain_that_its_parent_began_and_the_parent_its_childs_check() -> None:
    shared = Shared()
    fork = multiprocessing.get_context("fork")
    ready, go, seen = fork.Event(), fork.Event(), fork.SimpleQueue()

    def child() -> None:
        before = shared.draining
        ready.set()
        go.wait(10)
        shared.begin_check()
        shared.end_check(passed=True)
        seen.put((before, shared.draining))

    process = fork.Process(target=child)
    process.start()
    assert ready.wait(10)
    assert shared.last_check() == (float("inf"), float("inf"), False)
    shared.drain()
    go.set()
    assert seen.get() == (False, True)
    process.join(10)
    began, ended, passed = shared.last_check()
    assert passed
    assert 0 <= ended <= began < 10


def test_a_check_that_begins_leaves_the_last_answer_standing() -> None:
    shared = Shared()
    shared.begin_check()
    shared.end_check(passed=True)
    shared.begin_check()
    began, ended, passed = shared.last_check()
    assert passed
    assert began <= ended
