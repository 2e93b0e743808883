"""`dynamodr serve`."""

import os
import sys

import click
from botocore.exceptions import BotoCoreError

from dynamodr import settings as configuration
from dynamodr.credentials import POD_CURE, sentence
from dynamodr.settings import SettingsError


@click.command()
def serve() -> None:
    """Serve the users of one Region over HTTP.

    \b
    AWS_REGION           this Region (required)
    TABLE_NAME           the table (users)
    TABLE_REGIONS        where it has replicas: us-east-1,us-west-2 (AWS_REGION)
    DYNAMO_ENDPOINT      DynamoDB's URL, {region} is replaced (the SDK's)
    BASE_PATH            where the API begins (/dynamodr)
    HOST, PORT           what to listen on (0.0.0.0, 5000)
    METRICS_PORT         Prometheus (9090)
    WORKERS, THREADS     processes, and threads of each (2, 16)
    WRITE_MODE           any, or active-region: the fence decides (any)
    AUTH_TOKEN_FILE      a file of bearer tokens, one a line, that writes need (none)
    AUTH_READS           whether reads need one, too (false)
    ADD_USER_BY_GET      whether GET add-user adds, too (true)
    DRAIN_SECONDS        how long SIGTERM leaves it serving, unready (5)
    LOG_LEVEL            debug, info, warning or error (info)

    Exit codes: 0 stopped when told to, 1 failed, 2 a setting is wrong, 3 a worker could not start.
    """
    try:
        settings = configuration.load(os.environ)
        configuration.require_replica_here(settings)
        from dynamodr.serve import master  # noqa: PLC0415 - a wrong setting is told at once

        master.run(settings)
    except SettingsError as error:
        click.echo(f"dynamodr serve: {error}", err=True)
        sys.exit(2)
    except BotoCoreError as error:
        click.echo(f"dynamodr serve: {sentence(error, POD_CURE)}", err=True)
        sys.exit(1)
    except OSError as error:
        click.echo(f"dynamodr serve: cannot listen: {error}", err=True)
        sys.exit(1)
