"""What kube-score and checkov say of the rendered chart, against the exceptions that are explained here.

    python ci/chart/policies.py FILE [--kube-score PROGRAM] [--checkov PYTHON]

Exits 0 if each finding is an exception and each exception is still found, 1 with a list if not.
"""

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

NO_CPU_LIMIT = "a limit only throttles: requests share the CPU fairly, and a throttled pod answers late"
PULL_POLICY = (
    "a tag is one version and a digest wins over it; Always could start no pod while the registry is down"
)
RUNS_ONCE = "a pod that runs once and ends has no time to be ready in, and a deadline instead of a liveness"


@dataclass(frozen=True, order=True)
class Finding:
    """A check that a kind of object did not pass."""

    check: str
    kind: str


EXCEPTIONS: dict[str, dict[Finding, str]] = {
    "kube-score": {
        Finding("container-resources", "Deployment"): NO_CPU_LIMIT,
        Finding("container-resources", "Job"): NO_CPU_LIMIT,
        Finding("container-resources", "Pod"): NO_CPU_LIMIT,
        Finding("container-image-pull-policy", "Deployment"): PULL_POLICY,
        Finding("container-image-pull-policy", "Job"): PULL_POLICY,
        Finding("container-image-pull-policy", "Pod"): PULL_POLICY,
        Finding("deployment-has-host-podantiaffinity", "Deployment"): (
            "topologySpreadConstraints spread over hosts and zones, and kube-score does not look at them"
        ),
    },
    "checkov": {
        Finding("CKV_K8S_11", "Deployment"): NO_CPU_LIMIT,
        Finding("CKV_K8S_11", "Job"): NO_CPU_LIMIT,
        Finding("CKV_K8S_11", "Pod"): NO_CPU_LIMIT,
        Finding("CKV_K8S_8", "Pod"): RUNS_ONCE,
        Finding("CKV_K8S_9", "Pod"): RUNS_ONCE,
    },
}


def kube_score(objects: list[dict[str, Any]]) -> Iterable[Finding]:
    """Findings in kube-score's JSON: grades below 10 are warnings and worse."""
    for each in objects:
        for check in each["checks"]:
            if not check["skipped"] and check["grade"] < 10:
                yield Finding(check["check"]["id"], each["type_meta"]["kind"])


def checkov(report: dict[str, Any]) -> Iterable[Finding]:
    """Findings in checkov's JSON; a resource is `Kind.namespace.name`."""
    if not report["summary"]["passed"]:
        raise click.ClickException("checkov looked at nothing")
    for each in report["results"]["failed_checks"]:
        yield Finding(each["check_id"], each["resource"].partition(".")[0])


def judge(tool: str, found: set[Finding]) -> list[str]:
    """What is wrong: findings without an exception, and exceptions without a finding."""
    excused = EXCEPTIONS[tool]
    new = [
        f"{tool}: {each.kind}: {each.check}, which no exception explains"
        for each in sorted(found - set(excused))
    ]
    stale = [
        f"{tool}: {each.kind}: {each.check} passes: its exception can go"
        for each in sorted(set(excused) - found)
    ]
    return new + stale


def ask(command: list[str]) -> Any:
    """The JSON that a program prints; its exit code only says that it found something."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise click.ClickException(f"{command[0]} printed no JSON: {done.stderr or done.stdout}") from None


@click.command(help=__doc__)
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--kube-score", "kube_score_program", help="the program; left out if not given")
@click.option("--checkov", "checkov_python", help="a Python that has it; left out if not given")
def main(file: Path, kube_score_program: str | None, checkov_python: str | None) -> None:
    """See the module."""
    wrong = []
    if kube_score_program:
        options = ["score", "--output-format", "json", "--kubernetes-version", "v1.31"]
        objects = ask([kube_score_program, *options, str(file)])
        found = set(kube_score(objects))
        print(f"kube-score: {len(objects)} objects, {len(found)} findings")
        wrong += judge("kube-score", found)
    if checkov_python:
        options = ["--framework", "kubernetes", "--skip-download", "--output", "json", "--file"]
        report = ask([checkov_python, "-m", "checkov.main", *options, str(file)])
        found = set(checkov(report))
        print(f"checkov: {report['summary']['passed']} checks passed, {len(found)} findings")
        wrong += judge("checkov", found)
    if wrong:
        raise click.ClickException("\n".join(wrong))


if __name__ == "__main__":
    main()
