"""JSON schemas for kubeconform, made from what each project's checksummed Go module holds.

    python ci/chart/schemas.py OUT     writes OUT/<version>/<kind>-<group>-<version>.json and OUT/crds/…

Kubernetes' own kinds come from its OpenAPI document, one directory a release; custom kinds from their
CustomResourceDefinitions. Each schema is strict: a key that the API does not know is an error.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

# The last patch release of each minor that the module proxy has, with its go.sum line.
KUBERNETES = {
    "v1.31.14": "h1:UtjLfqvXLuSVDdJ4+NpQCIfFkKkLnAAVmxAEMsnkhjk=",
    "v1.32.13": "h1:5TGYdZ6YZqdp6h/Rp1vX/4TIoybMPdgv97LCZCtPuNQ=",
    "v1.33.13": "h1:bmH31xUdSzeA5vk0wZAK9MZp11mdLuzUSeKk0qN3hPQ=",
    "v1.34.4": "h1:Yy6R4QB8C9kJPp25GFqEvX5XQwY5qzKeqD0Xx6oAcmk=",
    "v1.35.4": "h1:o/8dBC/pHVpYoGV4OAIytAlNPZbdYVTXJHoYvXC4qzM=",
}
# Module and version -> its go.sum line, and the CustomResourceDefinitions in it.
CUSTOM = {
    ("sigs.k8s.io/gateway-api", "v1.6.1"): (
        "h1:mock6phZbI6rvZerwrVNk7hVNymQgHo+6sJ81Ia7ftY=",
        ["config/crd/standard/gateway.networking.k8s.io_httproutes.yaml"],
    ),
    ("github.com/prometheus-operator/prometheus-operator", "v0.85.0"): (
        "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
        [
            "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
            "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
        ],
    ),
}
# The AWS Load Balancer Controller has published no module since its version 1: ours, from its API reference.
OWN = Path(__file__).with_name("globalaccelerator-aga-v1beta1.json")

PREFIX = "#/definitions/"
GVK = "x-kubernetes-group-version-kind"
# apimachinery reads both of these from either type: pkg/api/resource/quantity.go, pkg/util/intstr/intstr.go.
EITHER = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"type": ["string", "number"]},
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"type": ["string", "integer"]},
}

Schema = dict[str, Any]


def strict(schema: Any) -> Any:
    """`schema` without what does not check anything, and closed wherever it lists its properties."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept: Schema = {}
    for key, value in schema.items():
        if key == "properties":
            kept[key] = {name: strict(each) for name, each in value.items()}
        elif key not in ("description", "default", "format") and not key.startswith("x-kubernetes"):
            kept[key] = strict(value)
    if "properties" in kept and not schema.get("x-kubernetes-preserve-unknown-fields"):
        kept.setdefault("additionalProperties", False)
    return kept


def references(schema: Any) -> set[str]:
    """Names of the definitions that `schema` points to."""
    if isinstance(schema, dict):
        found = {schema["$ref"].removeprefix(PREFIX)} if isinstance(schema.get("$ref"), str) else set()
        return found.union(*(references(each) for each in schema.values()))
    if isinstance(schema, list):
        return set().union(*(references(each) for each in schema))
    return set()


def file_name(group: str, version: str, kind: str) -> str:
    """As kubeconform makes it: of the group its first part, and none of the core group."""
    return "-".join(part for part in (kind, group.partition(".")[0], version) if part).lower() + ".json"


def kinds(definitions: dict[str, Schema]) -> dict[str, Schema]:
    """File name -> one self-contained strict schema, for every kind that has an apiVersion of its own."""
    closed: dict[str, Schema] = {
        name: EITHER.get(name) or strict(schema) for name, schema in definitions.items()
    }
    made: dict[str, Schema] = {}
    for name, schema in definitions.items():
        if len(schema.get(GVK, [])) != 1 or "kind" not in schema.get("properties", {}):
            continue
        group, version, kind = (schema[GVK][0][part] for part in ("group", "version", "kind"))
        wanted, reached = {name}, set[str]()
        while wanted:
            reached |= wanted
            wanted = set[str]().union(*(references(closed[each]) for each in wanted)) - reached
        parts = {each: closed[each] for each in sorted(reached)}
        parts[name] = typed(closed[name], group, version, kind)
        made[file_name(group, version, kind)] = {"$ref": PREFIX + name, "definitions": parts}
    return made


def custom(definition: Schema) -> dict[str, Schema]:
    """File name -> strict schema, for each served version of a CustomResourceDefinition."""
    spec = definition["spec"]
    group, kind = spec["group"], spec["names"]["kind"]
    return {
        file_name(group, version["name"], kind): typed(
            strict(version["schema"]["openAPIV3Schema"]), group, version["name"], kind
        )
        for version in spec["versions"]
        if version["served"]
    }


def typed(schema: Schema, group: str, version: str, kind: str) -> Schema:
    """`schema`, with the apiVersion and kind that it must have."""
    fixed = {"apiVersion": {"const": f"{group}/{version}" if group else version}, "kind": {"const": kind}}
    required = sorted({*schema.get("required", []), *fixed})
    return {**schema, "properties": {**schema["properties"], **fixed}, "required": required}


def download(module: str, version: str, checksum: str) -> Path:
    """The module's directory; exits if Go can't be run or the module is not the one that was pinned."""
    command = ["go", "mod", "download", "-json", f"{module}@{version}"]
    # The command is ours; only PATH's own `go` is run.
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")  # noqa: S603
    answer: dict[str, str] = json.loads(done.stdout or "{}")
    if done.returncode or answer.get("Error"):
        sys.exit(f"schemas: {' '.join(command)}: {answer.get('Error') or done.stderr}")
    if answer["Sum"] != checksum:
        sys.exit(f"schemas: {module}@{version} has the sum {answer['Sum']}, not the pinned {checksum}")
    return Path(answer["Dir"])


def place(made: dict[str, Schema], directory: Path) -> None:
    """Write them; the directory is there only once it is whole."""
    partial = directory.with_name(f".{directory.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for name, schema in made.items():
        (partial / name).write_text(json.dumps(schema))
    partial.rename(directory)
    print(f"schemas: {len(made)} kinds in {directory.name}", file=sys.stderr)


def write(out: Path) -> None:
    """Make what is missing in `out`."""
    for version, checksum in KUBERNETES.items():
        if not (out / version).is_dir():
            swagger = (
                download("k8s.io/kubernetes", version, checksum) / "api" / "openapi-spec" / "swagger.json"
            )
            place(kinds(json.loads(swagger.read_text())["definitions"]), out / version)
    if not (out / "crds").is_dir():
        made = {OWN.name: json.loads(OWN.read_text())}
        for (module, version), (checksum, files) in CUSTOM.items():
            directory = download(module, version, checksum)
            for file in files:
                made |= custom(yaml.safe_load((directory / file).read_text()))
        place(made, out / "crds")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
