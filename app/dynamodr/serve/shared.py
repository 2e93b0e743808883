"""A page of memory that the master and its workers share: made before the fork, so that all have it."""

import mmap
import struct
import time


class Shared:
    """Draining or not, and what the last deep check in this pod has found.

    Plain bytes without a lock: each field has one writer at a time that matters, and a reader that comes in
    between sees the old value or the new one, both of which were true.
    """

    _CHECKED = struct.Struct("=dd?")  # began, ended, passed

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, mmap.PAGESIZE)

    @property
    def draining(self) -> bool:
        """Whether the pod is on its way out."""
        return self._page[0] != 0

    def drain(self) -> None:
        """Begin to drain; there is no way back."""
        self._page[0] = 1

    def begin_check(self) -> None:
        """Note that a deep check begins now: nobody else in the pod need make one."""
        _, ended, passed = self._read()
        self._CHECKED.pack_into(self._page, 8, time.monotonic(), ended, passed)

    def end_check(self, *, passed: bool) -> None:
        """Note what the deep check has found."""
        began, _, _ = self._read()
        self._CHECKED.pack_into(self._page, 8, began, time.monotonic(), passed)

    def last_check(self) -> tuple[float, float, bool]:
        """Tell how many seconds ago a deep check began, how many ago one ended, and whether it passed."""
        began, ended, passed = self._read()
        now = time.monotonic()
        return now - began if began else float("inf"), now - ended if ended else float("inf"), passed

    def _read(self) -> tuple[float, float, bool]:
        began, ended, passed = self._CHECKED.unpack_from(self._page, 8)
        return began, ended, passed
