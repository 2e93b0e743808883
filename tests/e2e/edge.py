"""The accelerator of these tests: how fast it is, and its API."""

import time
from typing import TYPE_CHECKING

from rehearsal.accelerator import DEPLOY_SECONDS, Accelerator, AcceleratorConfig
from rehearsal.wire.globalaccelerator import GlobalAcceleratorApi

if TYPE_CHECKING:
    from collections.abc import Mapping
    from wsgiref.types import WSGIApplication

FACTOR = 0.1


def new_accelerator() -> Accelerator:
    """Make the accelerator, with all traffic at home."""
    return Accelerator(time.time, AcceleratorConfig(deploy_seconds=DEPLOY_SECONDS * FACTOR))


def services(accelerator: Accelerator) -> "Mapping[str, WSGIApplication]":
    """Return the API that a world serves for it."""
    return {"globalaccelerator": GlobalAcceleratorApi(accelerator)}
