"""The autoscaler's decision, and how the nodes follow. The decision is pure."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.scale.params import Scaler


class Autoscaler:
    """What the HorizontalPodAutoscaler wants, sync by sync: ratio, tolerance, policies, stabilisation."""

    def __init__(self, scaler: Scaler, least: float, most: float) -> None:
        self._scaler, self._least, self._most = scaler, least, most
        self._wanted: deque[tuple[float, float]] = deque()
        """(time, pods): what was wanted, as far back as scaling down looks."""
        self._changed: deque[tuple[float, float]] = deque()
        """(time, pods): how many there were."""

    def decide(self, now: float, pods: float, ready: float, utilisation: float) -> float:
        """Return how many pods there should be. `utilisation`: of the request of the ready ones."""
        scaler = self._scaler
        ratio = utilisation / scaler.target
        wanted = ready * ratio
        if abs(ratio - 1) <= scaler.tolerance:
            wanted = pods
        elif ratio > 1 and ready < pods:
            # Pods that are not ready yet count as idle ones: they must not make it want still more.
            wanted = max(pods, ready * ratio)
        wanted = float(math.ceil(wanted - 1e-9))
        self._wanted.append((now, wanted))
        while self._wanted[0][0] < now - scaler.steady:
            self._wanted.popleft()
        self._changed.append((now, pods))
        while self._changed[0][0] < now - max(scaler.grow_period, scaler.shrink_period):
            self._changed.popleft()
        if wanted < pods:
            wanted = min(pods, max(each for _, each in self._wanted))
        up = self._then(now, scaler.grow_period, min) * (1 + scaler.grow)
        # Kubernetes' default: the larger of a share and 4 pods.
        wanted = min(wanted, max(math.ceil(up), self._then(now, scaler.grow_period, min) + 4))
        down = self._then(now, scaler.shrink_period, max) * (1 - scaler.shrink)
        wanted = max(wanted, math.floor(down))
        return min(max(wanted, self._least), self._most)

    def _then(self, now: float, period: float, pick: object) -> float:
        """The fewest, or the most, pods that there were in the period."""
        pods = [each for at, each in self._changed if at > now - period - 1e-9]
        return min(pods) if pick is min else max(pods)
