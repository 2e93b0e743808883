"""The image of this checkout, as a file that a node takes."""

import os
from pathlib import Path

from tests.e2e.cluster import run

OLD, NEW = "dynamodr:e2e-1", "dynamodr:e2e-2"
"""The same image under two tags: what a roll-out changes is the tag."""


def build(scratch: Path) -> Path:
    """Run `make image`, and return the image as a docker-archive of the name OLD."""
    engine = run("ci/image/engine").strip()
    base = {}
    if engine == "buildah" and "BASE" not in os.environ:
        base = {"BASE": run("ci/image/base", seconds=600).strip()}
    repository, _, tag = OLD.partition(":")
    names = {"IMAGE": repository, "TAG": tag}
    run("make", "--silent", "image", seconds=900, ENGINE=engine, **names, **base, **_trust(scratch))
    archive = scratch / "image.tar"
    if engine == "docker":
        run(engine, "save", "--output", archive, OLD)
    else:
        run(engine, "push", "--quiet", OLD, f"docker-archive:{archive}:{OLD}")
    return archive


def _trust(scratch: Path) -> dict[str, str]:
    """Let the build's pip trust what this machine trusts, by secrets that leave nothing in the image."""
    authorities = os.environ.get("PIP_CERT") or "/etc/ssl/certs/ca-certificates.crt"
    if "IMAGE_BUILD_ARGS" in os.environ or not Path(authorities).exists():
        return {}
    index = os.environ.get("PIP_INDEX_URL")
    configuration = scratch / "pip.conf"
    configuration.write_text(
        "[global]\ncert = /run/secrets/ca\n" + (f"index-url = {index}\n" if index else "")
    )
    return {"IMAGE_BUILD_ARGS": f"--secret id=pip.conf,src={configuration} --secret id=ca,src={authorities}"}
