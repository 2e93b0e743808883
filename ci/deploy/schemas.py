"""JSON schemas of what deploy/ is written in, each from the project that reads it.

    python ci/deploy/schemas.py CACHE     prints the directory, filled with <kind>-<group>-<version>.json

- eksctl publishes a schema: taken from its Go module;
- Argo CD publishes CRDs: taken from its Go module;
- Flux publishes its Go types: its CRDs are generated from them, as Flux does it (pinned by crds/go.mod).

The names are kubeconform's. Every schema is closed: a key that nobody reads is an error.
"""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import yaml

HERE = Path(__file__).parent
FLUX_TYPES = ("github.com/fluxcd/helm-controller/api/v2", "github.com/fluxcd/source-controller/api/v1")

Schema = dict[str, Any]


class Pin(NamedTuple):
    """A Go module at a version, with its go.sum line, and the file in it that is wanted."""

    module: str
    version: str
    checksum: str
    path: str


EKSCTL = Pin(
    "github.com/weaveworks/eksctl",
    "v0.215.0",
    "h1:oCPoubT3UsW4Y2J43Y4dNRvXHEIsgg03Y3e6wv6bKG4=",
    "pkg/apis/eksctl.io/v1alpha5/assets/schema.json",
)
ARGO_CD = Pin(
    "github.com/argoproj/argo-cd/v3",
    "v3.6.1",
    "h1:OmhqeKiR3C//awbFrhQqFdtRI+Qiv17j8vqm3UkMj/g=",
    "manifests/crds/applicationset-crd.yaml",
)


def closed(schema: Any) -> Any:
    """`schema` of a CRD, closed wherever it lists its properties and does not ask to keep others."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept: Schema = {}
    for key, value in schema.items():
        if key in ("properties", "patternProperties", "definitions"):
            kept[key] = {name: closed(each) for name, each in value.items()}
        elif key not in ("description", "default", "example"):
            kept[key] = closed(value)
    if "properties" in kept and not kept.get("x-kubernetes-preserve-unknown-fields"):
        kept.setdefault("additionalProperties", False)
    return kept


def of_crd(document: Schema) -> dict[str, Schema]:
    """File name -> schema, for each version that the CRD serves."""
    spec = document["spec"]
    made = {}
    for version in spec["versions"]:
        schema = closed(version["schema"]["openAPIV3Schema"])
        schema["properties"]["metadata"] = {"type": "object"}  # Kubernetes' own, which a CRD leaves out
        schema["required"] = sorted({*schema.get("required", []), "apiVersion", "kind", "metadata", "spec"})
        group = spec["group"].split(".")[0]
        made[f"{spec['names']['kind']}-{group}-{version['name']}.json".lower()] = schema
    return made


def fetch(pin: Pin) -> str:
    """The file's text; exits if Go can't be run or the module is not the one that was pinned."""
    command = ["go", "mod", "download", "-json", f"{pin.module}@{pin.version}"]
    # The sum is checked below, against ours. A module for a newer Go is downloaded all the same.
    environ = os.environ | {"GOSUMDB": "off", "GOFLAGS": "-mod=mod"}
    with tempfile.TemporaryDirectory() as empty:
        done = subprocess.run(  # noqa: S603 - only PATH's own `go` is run
            command, capture_output=True, text=True, check=False, cwd=empty, env=environ
        )
    answer: dict[str, Any] = json.loads(done.stdout or "{}")
    if "Zip" not in answer:
        sys.exit(f"schemas: {' '.join(command)}: {answer.get('Error') or done.stderr}")
    if answer["Sum"] != pin.checksum:
        sys.exit(f"schemas: {pin.module}@{pin.version} has the sum {answer['Sum']}, not {pin.checksum}")
    with zipfile.ZipFile(answer["Zip"]) as module:
        return module.read(f"{pin.module}@{pin.version}/{pin.path}").decode()


def flux() -> dict[str, Schema]:
    """Schemas of Flux's kinds, by way of controller-gen."""
    with tempfile.TemporaryDirectory() as out:
        paths = [f"paths={each}" for each in FLUX_TYPES]
        command = ["go", "tool", "controller-gen", "crd", *paths, f"output:crd:dir={out}"]
        done = subprocess.run(  # noqa: S603 - the tool that crds/go.sum pins
            command, capture_output=True, text=True, check=False, cwd=HERE / "crds"
        )
        if done.returncode:
            sys.exit(f"schemas: {' '.join(command)}:\n{done.stderr}")
        made: dict[str, Schema] = {}
        for crd in sorted(Path(out).iterdir()):
            made |= of_crd(yaml.load(crd.read_text(), Loader=yaml.CSafeLoader))
        return made


def everything() -> dict[str, Schema]:
    """File name -> schema."""
    argo = yaml.load(fetch(ARGO_CD), Loader=yaml.CSafeLoader)
    return {"clusterconfig-eksctl-v1alpha5.json": json.loads(fetch(EKSCTL))} | of_crd(argo) | flux()


def fill(cache: Path) -> Path:
    """The directory of these pins' schemas: made if it is not there, and moved there whole."""
    made_of = (Path(__file__), HERE / "crds/go.mod", HERE / "crds/go.sum")
    place = cache / hashlib.sha256(b"".join(each.read_bytes() for each in made_of)).hexdigest()[:16]
    if not place.is_dir():
        print("schemas: getting those of eksctl, Argo CD and Flux, once: minutes", file=sys.stderr)
        cache.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=cache))
        for name, schema in everything().items():
            (partial / name).write_text(json.dumps(schema))
        with contextlib.suppress(OSError):  # another check was first
            partial.rename(place)
    return place


if __name__ == "__main__":
    print(fill(Path(sys.argv[1])))
