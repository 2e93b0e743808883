"""The console script: subcommands named without importing them."""

import subprocess
import sys

import pytest
from click.testing import CliRunner
from dynamodr.cli import SUBCOMMANDS, main


def test_help_names_every_subcommand_and_imports_none() -> None:
    program = (
        "import sys; from dynamodr.cli import main; "
        "main(['--help'], standalone_mode=False); print([*sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    for name in SUBCOMMANDS:
        assert f"  {name} " in ended.stdout
    for heavy in ("'flask'", "'gunicorn'", "'botocore'", "'msgspec'"):
        assert heavy not in ended.stdout


@pytest.mark.parametrize("name", sorted(SUBCOMMANDS))
def test_each_subcommand_is_there_and_explains_itself(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: main {name}")


def test_what_is_no_subcommand_is_said_to_be_none() -> None:
    result = CliRunner().invoke(main, ["drop"])
    assert result.exit_code == 2
    assert "No such command 'drop'" in result.output


def test_help_of_serve_names_every_variable_that_it_reads() -> None:
    result = CliRunner().invoke(main, ["serve", "--help"])
    wanted = (
        "AWS_REGION TABLE_NAME TABLE_REGIONS DYNAMO_ENDPOINT BASE_PATH HOST PORT METRICS_PORT WORKERS THREADS"
    )
    wanted += " WRITE_MODE AUTH_TOKEN_FILE ADD_USER_BY_GET DRAIN_SECONDS LOG_LEVEL"
    for variable in wanted.split():
        assert variable in result.output
