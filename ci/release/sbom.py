"""Software bills of materials, as CycloneDX JSON: of an image by what is in it, of a chart by what it runs.

    FILES  | sbom.py image NAME VERSION     FILES: the image's file system, a tar stream; of any architecture
    RENDER | sbom.py chart NAME VERSION     RENDER: the chart's manifests, YAML

The same input gives the same document: its time is SOURCE_DATE_EPOCH, its serial number is of its content.
"""

import os
import re
import sys
import tarfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import Message
from email.parser import HeaderParser
from typing import IO, Any

import yaml
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

DPKG = ("var/lib/dpkg/status", "var/lib/dpkg/status.d/")
RELEASE = ("etc/os-release", "usr/lib/os-release")
DISTRIBUTION = ".dist-info/METADATA"
# Where a Python that no package manager knows has its version: the official image's.
PYTHON = re.compile(r"usr/local/include/python3\.[0-9]+/patchlevel\.h")
PYTHON_VERSION = re.compile(r'^#define PY_VERSION\s+"(.+)"', re.MULTILINE)


def component(kind: ComponentType, purl: PackageURL, **more: Any) -> Component:
    """Make a component that is known by its purl."""
    return Component(name=purl.name, version=purl.version, type=kind, purl=purl, bom_ref=str(purl), **more)


def in_image(stream: IO[bytes]) -> Iterator[Component]:
    """Yield every Debian package, every Python distribution, and a Python that was built in place."""
    debian, packages = "", list[Message]()
    with tarfile.open(fileobj=stream, mode="r|*") as files:
        for each in files:
            path = each.name.removeprefix("./")
            wanted = path in RELEASE or path.startswith(DPKG) or path.endswith(DISTRIBUTION)
            wanted = wanted or PYTHON.fullmatch(path) is not None
            content = files.extractfile(each) if wanted and each.isfile() else None
            if content is None:
                continue
            text = content.read().decode()
            if path.endswith(DISTRIBUTION):
                yield _distribution(HeaderParser().parsestr(text))
            elif version := PYTHON_VERSION.search(text):
                yield component(ComponentType.PLATFORM, PackageURL("generic", None, "python", version[1]))
            elif path in RELEASE:
                lines = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
                debian = lines.get("VERSION_ID", "").strip('"')
            else:
                packages += [HeaderParser().parsestr(one) for one in text.strip().split("\n\n")]
    for package in packages:  # last, for the release that they are of may come late in the stream
        if (package["Status"] or "installed").endswith("installed"):
            qualifiers = {"arch": str(package["Architecture"]), "distro": f"debian-{debian}"}
            purl = PackageURL("deb", "debian", str(package["Package"]), str(package["Version"]), qualifiers)
            yield component(ComponentType.LIBRARY, purl)


def _distribution(metadata: Message) -> Component:
    purl = PackageURL("pypi", None, str(metadata["Name"]), str(metadata["Version"]))
    licence = metadata["License-Expression"]
    return component(ComponentType.LIBRARY, purl, licenses=[LicenseExpression(licence)] if licence else [])


def in_render(stream: IO[bytes]) -> Iterator[Component]:
    """Yield every image that a pod of the chart would run."""
    for reference in sorted({each for one in yaml.safe_load_all(stream) for each in _images(one)}):
        name, _, digest = reference.partition("@")
        path, colon, tag = name.rpartition(":")
        if not colon or "/" in tag:  # a registry's port, and no tag
            path, tag = name, ""
        qualifiers = {"repository_url": path} | ({"tag": tag} if tag else {})
        purl = PackageURL("oci", None, path.split("/")[-1], digest or None, qualifiers)
        yield component(ComponentType.CONTAINER, purl)


def _images(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("image"), str):
            yield node["image"]
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _images(each)


def bill(kind: str, name: str, version: str, stream: IO[bytes], at: datetime) -> str:
    """Return the document. Raise ValueError if nothing is listed, or the result is no valid CycloneDX."""
    bom = Bom(components=in_image(stream) if kind == "image" else in_render(stream))
    if not bom.components:
        raise ValueError(f"nothing of it could be listed: is this the {kind}'s content?")
    of = component(
        ComponentType.CONTAINER if kind == "image" else ComponentType.APPLICATION,
        PackageURL("oci" if kind == "image" else "helm", None, name, version),
    )
    bom.metadata.component, bom.metadata.timestamp = of, at
    bom.register_dependency(of, bom.components)
    bom.serial_number = uuid.uuid5(
        uuid.NAMESPACE_URL, " ".join(sorted(str(each.purl) for each in bom.components))
    )
    text: str = JsonV1Dot6(bom).output_as_string(indent=1)
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if wrong is not None:
        raise ValueError(f"no valid CycloneDX: {wrong}")
    return text + "\n"


def main(kind: str, name: str, version: str) -> None:
    """Read stdin, write stdout."""
    at = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), UTC)
    sys.stdout.write(bill(kind, name, version, sys.stdin.buffer, at))


if __name__ == "__main__":
    main(*sys.argv[1:])
