"""AWS's errors, by a name of ours."""

import tomllib
from pathlib import Path
from typing import NamedTuple

from botocore.exceptions import ClientError


class Said(NamedTuple):
    """One of AWS's errors, and what it means."""

    name: str
    operation: str
    code: str
    text: str
    kind: str
    action: str = ""
    resource: str = ""

    def error(self, status: int = 400) -> ClientError:
        return refuse(self.code, self.text, self.operation, status)


def refuse(code: str, message: str, operation: str = "UpdateTable", status: int = 400) -> ClientError:
    metadata = {
        "HTTPStatusCode": status,
        "RequestId": "",
        "HostId": "",
        "HTTPHeaders": {},
        "RetryAttempts": 0,
    }
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, operation)  # type: ignore[typeddict-item] # a plain dict


_LISTED = tomllib.loads((Path(__file__).parent / "aws_errors.toml").read_text())["error"]
ALL = [Said(**each) for each in _LISTED]
SAID = {each.name: each for each in ALL}
