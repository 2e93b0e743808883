"""Run a command that can't outlive the process which started it: `tether.py FD COMMAND...`.

FD is the reading end of a pipe whose other end only that process holds. When it closes (the process ended,
however it ended), the command gets SIGTERM, and SIGKILL with all its children soon after. Works wherever
pipes do, macOS too. Run as a file, isolated, so that it starts in milliseconds; it leads its process group.
"""

import os
import select
import signal
import sys
import time

MERCY_SECONDS = 3.0


def main(parent: int, command: list[str]) -> int:
    """Return the command's exit status, as a shell tells it."""
    passed_on = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    signal.pthread_sigmask(signal.SIG_BLOCK, passed_on)  # until there is a child to pass them to
    wake, woken = os.pipe()
    for end in (wake, woken):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    defaults = [signal.SIGCHLD, *passed_on]
    child = os.posix_spawnp(command[0], command, os.environ, setsigmask=[], setsigdef=defaults)
    for number in passed_on:
        signal.signal(number, lambda received, _: os.kill(child, received))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, passed_on)
    watched = [parent, wake]
    deadline: float | None = None
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        readable = select.select(watched, [], [], left)[0]
        if left == 0:
            os.killpg(0, signal.SIGKILL)
        if wake in readable:
            os.read(wake, 512)
        if parent in readable:
            watched.remove(parent)
            deadline = time.monotonic() + MERCY_SECONDS
            os.kill(child, signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
