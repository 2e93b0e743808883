"""Check a request against the shapes of AWS's own service model, as the service does before it acts."""

import re
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

_PYTHON = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
}


def service_model(name: str) -> ServiceModel:
    """Read the newest model of a service that botocore carries."""
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


def fault(shape: Shape, value: Any, where: str = "") -> str | None:
    """Say what is wrong with `value`, naming the field; None when nothing is. Unknown fields pass."""
    match shape:
        case StructureShape():
            return _structure(shape, value, where)
        case ListShape():
            return _list(shape, value, where)
        case MapShape():
            return None if isinstance(value, dict) else f"{where}: must be an object"
    allowed = _PYTHON.get(shape.type_name, (object,))
    if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
        return f"{where}: must be a {shape.type_name}"
    return _limits(shape, value, where)


def _structure(shape: StructureShape, value: Any, where: str) -> str | None:
    if not isinstance(value, dict):
        return f"{where or 'the body'}: must be an object"
    inside = f"{where}." if where else ""
    for name in shape.required_members:
        if value.get(name) is None:
            return f"{inside}{name}: missing"
    for name, member in shape.members.items():
        if value.get(name) is not None and (wrong := fault(member, value[name], f"{inside}{name}")):
            return wrong
    return None


def _list(shape: ListShape, value: Any, where: str) -> str | None:
    if not isinstance(value, list):
        return f"{where}: must be a list"
    if wrong := _within(shape, len(value), where, " entries"):
        return wrong
    for place, one in enumerate(value):
        if wrong := fault(shape.member, one, f"{where}[{place}]"):
            return wrong
    return None


def _limits(shape: Shape, value: Any, where: str) -> str | None:
    if not isinstance(value, str):
        return None if isinstance(value, bool) else _within(shape, value, where, "")
    if wrong := _within(shape, len(value), where, " characters"):
        return wrong
    choices = shape.metadata.get("enum", [])
    if choices and value not in choices:
        return f"{where}: must be one of {', '.join(choices)}"
    pattern = shape.metadata.get("pattern")
    if pattern and not re.search(pattern, value):
        return f"{where}: must match {pattern}"
    return None


def _within(shape: Shape, size: float, where: str, unit: str) -> str | None:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        return f"{where}: must be at least {low}{unit}"
    if high is not None and size > high:
        return f"{where}: must be at most {high}{unit}"
    return None
