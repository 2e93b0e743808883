"""How Global Accelerator shows its parts. Times are epoch seconds, as AWS JSON has them."""

import hashlib
from collections.abc import Mapping
from typing import Any

from rehearsal.core.dials import Accelerator, Endpoint, EndpointGroup, Listener
from rehearsal.core.health import INITIAL, EndpointHealth


def accelerator_view(accelerator: Accelerator, now: float) -> dict[str, Any]:
    """An Accelerator structure. Its addresses are from the blocks that RFC 5737 keeps for documentation."""
    digest = hashlib.sha256(accelerator.arn.encode()).hexdigest()
    addresses = [f"192.0.2.{int(digest[:2], 16)}", f"198.51.100.{int(digest[2:4], 16)}"]
    return {
        "AcceleratorArn": accelerator.arn,
        "Name": accelerator.name,
        "IpAddressType": accelerator.ip_address_type,
        "Enabled": accelerator.enabled,
        "IpSets": [{"IpFamily": "IPv4", "IpAddresses": addresses, "IpAddressFamily": "IPv4"}],
        "DnsName": f"a{digest[:16]}.awsglobalaccelerator.com",
        "Status": accelerator.status(now),
        "CreatedTime": accelerator.created,
        "LastModifiedTime": accelerator.modified,
    }


def listener_view(listener: Listener) -> dict[str, Any]:
    """A Listener structure."""
    return {
        "ListenerArn": listener.arn,
        "PortRanges": [{"FromPort": first, "ToPort": last} for first, last in listener.port_ranges],
        "Protocol": listener.protocol,
        "ClientAffinity": listener.client_affinity,
    }


def group_view(group: EndpointGroup, health: Mapping[str, EndpointHealth]) -> dict[str, Any]:
    """An EndpointGroup structure, with the settings last asked for: the edge may not follow them all yet."""
    settings = group.settings
    view = {
        "EndpointGroupArn": group.arn,
        "EndpointGroupRegion": group.region,
        "EndpointDescriptions": [_endpoint(one, health.get(one.id)) for one in settings.endpoints],
        "TrafficDialPercentage": settings.dial,
        "HealthCheckPort": settings.health_check_port,
        "HealthCheckProtocol": settings.health_check_protocol,
        "HealthCheckPath": settings.health_check_path,
        "HealthCheckIntervalSeconds": settings.health_check_interval_seconds,
        "ThresholdCount": settings.threshold_count,
        "PortOverrides": [
            {"ListenerPort": one.listener_port, "EndpointPort": one.endpoint_port}
            for one in settings.port_overrides
        ],
    }
    return {name: value for name, value in view.items() if value is not None}


def _endpoint(endpoint: Endpoint, health: EndpointHealth | None) -> dict[str, Any]:
    view = {
        "EndpointId": endpoint.id,
        "Weight": endpoint.weight,
        "HealthState": health.state if health else INITIAL,
        "ClientIPPreservationEnabled": endpoint.client_ip_preservation,
    }
    if health and health.reason:
        view["HealthReason"] = health.reason
    return view
