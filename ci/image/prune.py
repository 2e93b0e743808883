"""Cut the installed libraries to what dynamodr uses. Runs in the image's build, with their own Python."""

import base64
import csv
import gzip
import hashlib
import json
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import Any

from faker import Faker

# dynamodr calls the first two. botocore calls the others to get credentials: IRSA and assumed roles (sts),
# IAM Identity Center (sso, sso-oidc), `aws login` (signin). Pod Identity and instance roles need no model.
SERVICES = {"dynamodb", "globalaccelerator", "sts", "sso", "sso-oidc", "signin"}


def models(site: Path) -> None:
    """Remove botocore's model of every AWS service but `SERVICES`, and boto3's resources: none is used."""
    for model in (site / "botocore/data").iterdir():
        if model.is_dir() and model.name not in SERVICES:
            shutil.rmtree(model)
    shutil.rmtree(site / "boto3/data")
    shutil.rmtree(site / "boto3/examples")


def documentation(site: Path) -> None:
    """Remove the texts from the models that are left: every process would load them, and show nobody."""
    for model in (site / "botocore/data").glob("*/*/service-2.json.gz"):
        told = json.loads(gzip.decompress(model.read_bytes()))
        packed = json.dumps(_untold(told), separators=(",", ":")).encode()
        model.write_bytes(gzip.compress(packed, mtime=0))


def _untold(value: Any) -> Any:
    if isinstance(value, list):
        return [_untold(one) for one in value]
    if not isinstance(value, dict):
        return value
    # A member may be called documentation, too; that one is an object.
    kept = {name: one for name, one in value.items() if name != "documentation" or not isinstance(one, str)}
    return {name: _untold(one) for name, one in kept.items()}


def endpoints(site: Path) -> None:
    """Keep the endpoints of `SERVICES` only. Every process reads this file when it makes its first client."""
    data = site / "botocore/data"
    metadata = [
        json.loads(gzip.decompress(model.read_bytes()))["metadata"]
        for model in data.glob("*/*/service-2.json.gz")
    ]
    prefixes = {model["endpointPrefix"] for model in metadata}
    listed = json.loads((data / "endpoints.json").read_text())
    for partition in listed["partitions"]:
        partition["services"] = {
            name: value for name, value in partition["services"].items() if name in prefixes
        }
    (data / "endpoints.json").write_text(json.dumps(listed, separators=(",", ":")))


def locales(site: Path) -> None:
    """Remove every locale of Faker that `Faker()` does not load."""
    Faker()
    loaded = [module for module in sys.modules if module.startswith("faker.providers.")]
    kept = {site.joinpath(*module.split(".")) for module in loaded}
    for locale in (site / "faker/providers").glob("*/*/"):
        if locale not in kept:
            shutil.rmtree(locale)
    shutil.rmtree(site / "faker/sphinx")


def zones(site: Path) -> None:
    """Remove a copy of the time zones: nothing here asks for one."""
    (site / "dateutil/zoneinfo/dateutil-zoneinfo.tar.gz").unlink()


def stubs(site: Path) -> None:
    """Remove what only type checkers read."""
    for stub in site.rglob("*.pyi"):
        stub.unlink()


def records(site: Path) -> None:
    """Make each distribution's RECORD true again, for scanners that compare it with the files."""
    for record in site.glob("*.dist-info/RECORD"):
        with record.open(newline="") as source:
            rows = [row for row in csv.reader(source) if (site / row[0]).exists()]
        for row in rows:
            if row[1]:
                content = (site / row[0]).read_bytes()
                digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
                row[1:] = [f"sha256={digest}", str(len(content))]
        with record.open("w", newline="") as target:
            csv.writer(target, lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    installed = Path(sysconfig.get_path("purelib"))
    for cut in (models, documentation, endpoints, locales, zones, stubs, records):
        cut(installed)
