"""List prices, in US dollars, us-east-1: assumptions, each with the page to check it on. Change them here."""

from __future__ import annotations

from typing import NamedTuple


class Price(NamedTuple):
    """One of AWS's. `known`: when it stood so."""

    dollars: float
    unit: str
    page: str
    known: str


CORE = Price(
    0.03625, "hour of a c7g core, of whatever size of node", "aws.amazon.com/ec2/pricing/on-demand", "2025-06"
)
NODES = {"c7g.xlarge": 4, "c7g.2xlarge": 8, "c7g.4xlarge": 16, "c7g.8xlarge": 32}
"""Cores by type; the cheapest that will do is taken."""
NODE_RESERVED = 0.5
"""Cores of a node for the kubelet, and the DaemonSets of every cluster."""
CLUSTER = Price(0.10, "hour", "aws.amazon.com/eks/pricing", "2025-06")
READ = Price(0.125, "million read request units", "aws.amazon.com/dynamodb/pricing/on-demand", "2024-11")
REPLICATED_WRITE = Price(
    0.625,
    "million replicated write request units, in each Region",
    "aws.amazon.com/dynamodb/pricing/on-demand",
    "2024-11",
)
BALANCER = Price(0.0225, "hour", "aws.amazon.com/elasticloadbalancing/pricing", "2026-09")
BALANCER_UNIT = Price(0.008, "LCU-hour", "aws.amazon.com/elasticloadbalancing/pricing", "2026-09")
ACCELERATOR = Price(0.025, "hour", "aws.amazon.com/global-accelerator/pricing", "2026-09")
ACCELERATOR_GB = Price(
    0.015, "GB of DT-Premium, United States", "aws.amazon.com/global-accelerator/pricing", "2026-09"
)
BETWEEN_REGIONS = Price(
    0.02, "GB to another Region", "aws.amazon.com/ec2/pricing/on-demand#Data_Transfer", "2025-06"
)
OUT = Price(
    0.05,
    "GB to the internet, above 150 TB a month (0.09 for the first 10 TB)",
    "aws.amazon.com/ec2/pricing/on-demand#Data_Transfer",
    "2025-06",
)
LOGS = Price(0.50, "GB taken into CloudWatch Logs", "aws.amazon.com/cloudwatch/pricing", "2025-06")

ALL = {name: value for name, value in list(globals().items()) if isinstance(value, Price)}

OUT_TIERS = ((10_000.0, 0.09), (40_000.0, 0.085), (100_000.0, 0.07), (float("inf"), OUT.dollars))
"""(GB of a month, dollars a GB), the one after the other."""


def out_to_the_internet(gigabytes: float) -> float:
    """Dollars for so many GB in a month."""
    dollars = 0.0
    for size, price in OUT_TIERS:
        part = min(gigabytes, size)
        dollars += part * price
        gigabytes -= part
    return dollars
