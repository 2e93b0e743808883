"""Lint the policies of deploy/iam: each action exists, takes the resource it is given, knows its conditions.

    python ci/deploy/iam.py POLICY.json...     runs in the linters' environment; exits 1 if there is a finding

An action that does not take the resource it is given is allowed nothing, silently: that is the one to find.
"""

import string
import sys
import warnings
from pathlib import Path

with warnings.catch_warnings(action="ignore"):  # pkg_resources' own notice
    from parliament import analyze_policy_string

# Any values of the right form do.
VALUES = {
    "ACCOUNT_ID": "123456789012",
    "ACCELERATOR_ID": "1234abcd-abcd-1234-abcd-1234abcdefgh",
    "AWS_REGION": "us-east-1",
    "HOME_REGION": "us-east-1",
    "REPLICA_REGION": "us-west-2",
    "TABLE_NAME": "users",
}


def findings(text: str) -> list[str]:
    """Say what is wrong with the policy, one line each; KeyError: a placeholder that VALUES lacks."""
    policy = analyze_policy_string(string.Template(text).substitute(VALUES))
    return [f"{each.issue}: {each.detail}" for each in policy.findings]


def main(paths: list[Path]) -> int:
    """Print every finding."""
    wrong = [f"{path}: {each}" for path in paths for each in findings(path.read_text())]
    print(*wrong, sep="\n", end="\n" if wrong else "", file=sys.stderr)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main([Path(each) for each in sys.argv[1:]]))
