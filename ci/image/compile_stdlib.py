"""Compile the part of the standard library that dynamodr loads. Runs in the image's build."""

import compileall
import importlib
import pkgutil
import sys
import sysconfig
from pathlib import Path
from py_compile import PycInvalidationMode

import botocore.session
import dynamodr
from faker import Faker


def load_all() -> None:
    """Load what dynamodr loads at any time: its modules, and what its libraries load late."""
    for module in pkgutil.walk_packages(dynamodr.__path__, "dynamodr."):
        if not module.name.endswith(".__main__"):  # importing that one would run it
            importlib.import_module(module.name)
    for late in ("gunicorn.app.base", "gunicorn.arbiter", "gunicorn.workers.gthread", "encodings.idna"):
        importlib.import_module(late)
    botocore.session.get_session().create_client("dynamodb", region_name="us-east-1")
    Faker().profile()


if __name__ == "__main__":
    load_all()
    stdlib = Path(sysconfig.get_path("stdlib"))
    for loaded in list(sys.modules.values()):
        source = getattr(loaded, "__file__", None) or ""
        if source.endswith(".py") and stdlib in Path(source).parents:
            compileall.compile_file(source, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
