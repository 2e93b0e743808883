"""The built image, run as Kubernetes would: read-only root, no capability or new privilege, tmpfs on /tmp."""

import itertools
import json
import os
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

PYTHON = "/opt/dynamodr/bin/python"
ROOT = Path(__file__).parents[2]


def output(*command: str | Path) -> str:
    """Return what a command prints; raise with its standard error when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} exited with {done.returncode}: {done.stderr}")
    return done.stdout


class Engine(Protocol):
    """What runs a container."""

    def config(self) -> dict[str, Any]:
        """Return the OCI config of the image: User, Env, Entrypoint, Cmd, Labels."""

    def layers(self, reference: str) -> list[str]:
        """Return the digests of an image's layers, lowest first."""

    def command(self, argv: list[str], env: Mapping[str, str]) -> list[str]:
        """Return the command that runs `argv` in a new container, in front, on the host's network."""

    def save(self, archive: Path) -> None:
        """Write the image as a docker-archive."""


@dataclass(frozen=True)
class Daemon:
    """docker or podman."""

    program: str
    reference: str

    def config(self) -> dict[str, Any]:
        return dict(self._inspect(self.reference)["Config"])

    def layers(self, reference: str) -> list[str]:
        return list(self._inspect(reference)["RootFS"]["Layers"])

    def _inspect(self, reference: str) -> dict[str, Any]:
        return dict(json.loads(output(self.program, "image", "inspect", reference))[0])

    def command(self, argv: list[str], env: Mapping[str, str]) -> list[str]:
        options = ["--rm", "--network=host", "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL"]
        options += [
            "--security-opt=no-new-privileges",
            *(f"--env={name}={value}" for name, value in env.items()),
        ]
        return [self.program, "run", *options, f"--entrypoint={argv[0]}", self.reference, *argv[1:]]

    def save(self, archive: Path) -> None:
        output(self.program, "save", "--output", archive, self.reference)


@dataclass(frozen=True)
class Runc:
    """buildah for the root filesystem, runc to run it: what a machine without a container engine has."""

    reference: str
    root: Path
    scratch: Path
    count: Iterator[int] = field(default_factory=itertools.count)

    def config(self) -> dict[str, Any]:
        return dict(self._inspect(self.reference)["config"])

    def layers(self, reference: str) -> list[str]:
        return list(self._inspect(reference)["rootfs"]["diff_ids"])

    def _inspect(self, reference: str) -> dict[str, Any]:
        return dict(json.loads(output("buildah", "inspect", "--type", "image", reference))["OCIv1"])

    def command(self, argv: list[str], env: Mapping[str, str]) -> list[str]:
        name = f"dynamodr-test-{os.getpid()}-{next(self.count)}"
        bundle = self.scratch / name
        bundle.mkdir()
        output("runc", "spec", "--bundle", bundle)
        spec = json.loads((bundle / "config.json").read_text())
        image = self.config()
        user, group = (int(number) for number in image["User"].split(":"))
        merged = dict(pair.split("=", 1) for pair in image["Env"]) | dict(env)
        spec["root"] = {"path": str(self.root), "readonly": True}
        spec["process"] |= {
            "terminal": False,
            "user": {"uid": user, "gid": group},
            "args": argv,
            "env": [f"{key}={value}" for key, value in merged.items()],
            "capabilities": {},
            "noNewPrivileges": True,
        }
        spec["mounts"].append(
            {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["mode=1777"]}
        )
        spaces = spec["linux"]["namespaces"]
        spec["linux"]["namespaces"] = [space for space in spaces if space["type"] != "network"]
        (bundle / "config.json").write_text(json.dumps(spec))
        return ["runc", "--root", str(self.scratch / "runc"), "run", "--bundle", str(bundle), name]

    def save(self, archive: Path) -> None:
        output("buildah", "push", "--quiet", self.reference, f"docker-archive:{archive}")


@dataclass(frozen=True)
class Image:
    """The image under test."""

    reference: str
    engine: Engine

    def run(
        self, *args: str, entrypoint: str | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a container to its end: the image's entrypoint, or another, with these arguments."""
        argv = [entrypoint, *args] if entrypoint else [*self.engine.config()["Entrypoint"], *args]
        command = self.engine.command(argv, env or {})
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def python(self, code: str, env: Mapping[str, str] | None = None) -> str:
        """Return what Python code prints in a container; raise when it fails."""
        done = self.run("-c", code, entrypoint=PYTHON, env=env)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    @contextmanager
    def serving(self, env: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
        """Run a container as the image says, with no argument; end it when the block ends."""
        config = self.engine.config()
        command = self.engine.command([*config["Entrypoint"], *config["Cmd"]], env)
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=30)


@contextmanager
def open_image(scratch: Path) -> Iterator[Image]:
    """Open the image that `ci/image/build` makes with the same environment: IMAGE, TAG and ENGINE."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    reference = f"{os.environ.get('IMAGE') or 'dynamodr'}:{os.environ.get('TAG') or version}"
    program = output(ROOT / "ci/image/engine").strip()
    if Path(program).name != "buildah":
        yield Image(reference, Daemon(program, reference))
        return
    container = output("buildah", "from", "--pull-never", reference).strip()
    try:
        root = Path(output("buildah", "mount", container).strip())
        yield Image(reference, Runc(reference, root, scratch))
    finally:
        output("buildah", "rm", container)
