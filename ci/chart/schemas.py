"""JSON schemas of Kubernetes' own kinds, made from the OpenAPI document in each release's Go module.

    python ci/chart/schemas.py OUT     writes OUT/<version>/<kind>-<group>-<version>.json, kubeconform's names

Each schema is strict: a key that Kubernetes does not know is an error. The modules are checked by their sums.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

MODULE = "k8s.io/kubernetes"
# The last patch release of each minor that the module proxy has, with its go.sum line.
RELEASES = {
    "v1.31.14": "h1:UtjLfqvXLuSVDdJ4+NpQCIfFkKkLnAAVmxAEMsnkhjk=",
    "v1.32.13": "h1:5TGYdZ6YZqdp6h/Rp1vX/4TIoybMPdgv97LCZCtPuNQ=",
    "v1.33.13": "h1:bmH31xUdSzeA5vk0wZAK9MZp11mdLuzUSeKk0qN3hPQ=",
    "v1.34.4": "h1:Yy6R4QB8C9kJPp25GFqEvX5XQwY5qzKeqD0Xx6oAcmk=",
    "v1.35.4": "h1:o/8dBC/pHVpYoGV4OAIytAlNPZbdYVTXJHoYvXC4qzM=",
}
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
    if "properties" in kept and "additionalProperties" not in kept:
        kept["additionalProperties"] = False
    return kept


def references(schema: Any) -> set[str]:
    """Names of the definitions that `schema` points to."""
    if isinstance(schema, dict):
        found = {schema["$ref"].removeprefix(PREFIX)} if isinstance(schema.get("$ref"), str) else set()
        return found.union(*(references(each) for each in schema.values()))
    if isinstance(schema, list):
        return set().union(*(references(each) for each in schema))
    return set()


def kinds(definitions: dict[str, Schema]) -> dict[str, Schema]:
    """File name -> one self-contained strict schema, for every kind that has an apiVersion of its own."""
    closed = {name: EITHER.get(name) or strict(schema) for name, schema in definitions.items()}
    made: dict[str, Schema] = {}
    for name, schema in definitions.items():
        if len(schema.get(GVK, [])) != 1 or "kind" not in schema.get("properties", {}):
            continue
        group, version, kind = (schema[GVK][0][part] for part in ("group", "version", "kind"))
        wanted, reached = {name}, set[str]()
        while wanted:
            reached |= wanted
            wanted = set().union(*(references(closed[each]) for each in wanted)) - reached
        parts = {each: closed[each] for each in sorted(reached)}
        api_version = f"{group}/{version}" if group else version
        fixed = {"apiVersion": {"const": api_version}, "kind": {"const": kind}}
        parts[name] = parts[name] | {"properties": parts[name]["properties"] | fixed}
        short = [part for part in (kind, group.split(".")[0], version) if part]
        parts[name]["required"] = sorted({*parts[name].get("required", []), "apiVersion", "kind"})
        made["-".join(short).lower() + ".json"] = {"$ref": PREFIX + name, "definitions": parts}
    return made


def download(version: str, checksum: str) -> Path:
    """The module's directory; exits if Go can't be run or the module is not the one that was pinned."""
    command = ["go", "mod", "download", "-json", f"{MODULE}@{version}"]
    # The command is ours; only PATH's own `go` is run.
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")  # noqa: S603
    answer: dict[str, str] = json.loads(done.stdout or "{}")
    if done.returncode or answer.get("Error"):
        sys.exit(f"schemas: {' '.join(command)}: {answer.get('Error') or done.stderr}")
    if answer["Sum"] != checksum:
        sys.exit(f"schemas: {MODULE}@{version} has the sum {answer['Sum']}, not the pinned {checksum}")
    return Path(answer["Dir"])


def write(out: Path) -> None:
    """Make what is missing in `out`; a version that is there is whole, for it is moved there last."""
    for version, checksum in RELEASES.items():
        place = out / version
        if place.is_dir():
            continue
        swagger = download(version, checksum) / "api" / "openapi-spec" / "swagger.json"
        partial = out / f".{version}.partial"
        partial.mkdir(parents=True, exist_ok=True)
        made = kinds(json.loads(swagger.read_text())["definitions"])
        for name, schema in made.items():
            (partial / name).write_text(json.dumps(schema))
        partial.rename(place)
        print(f"schemas: Kubernetes {version}: {len(made)} kinds", file=sys.stderr)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
