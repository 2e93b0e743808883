"""Cut deploy/arc's Lambda function out of the image: the same code and libraries, tested and locked once.

    FILES | function.py HANDLER OUT     FILES: the image's file system, a tar stream; prints Lambda's runtime

The same image gives the same bytes.
"""

import re
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import IO

LIBRARIES = re.compile(r"opt/dynamodr/lib/(python3\.[0-9]+)/site-packages/(.+)")
EXECUTABLE, READABLE = 0o755 << 16, 0o644 << 16


def cut(stream: IO[bytes], handler: Path, out: Path) -> str:
    """Write the package; return the runtime that it is for. Raise ValueError if there is nothing to cut."""
    runtimes, contents = set[str](), {handler.name: handler.read_bytes()}
    with tarfile.open(fileobj=stream, mode="r|*") as files:
        for each in files:
            found = LIBRARIES.fullmatch(each.name.removeprefix("./"))
            content = files.extractfile(each) if found and each.isfile() else None
            if found and content:
                runtimes.add(found[1])
                contents[found[2]] = content.read()
    if len(runtimes) != 1:
        raise ValueError(f"the image has the libraries of {sorted(runtimes) or 'no Python'}, not of one")
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in sorted(contents.items()):
            entry = zipfile.ZipInfo(name)  # of 1980, whatever the clock says
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = EXECUTABLE if name.endswith(".so") else READABLE
            package.writestr(entry, data)
    return runtimes.pop()


if __name__ == "__main__":
    print(cut(sys.stdin.buffer, Path(sys.argv[1]), Path(sys.argv[2])))
