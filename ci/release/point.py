"""Point a chart's values.yaml at an image, keeping its comments: they are the chart's documentation.

point.py VALUES REPOSITORY DIGEST     an empty one stays as it is
"""

import re
import sys
from pathlib import Path


def pointed(text: str, repository: str, digest: str) -> str:
    """Return the values with `image.repository` and `image.digest` set. ValueError: one is not there."""
    block = re.search(r"^image:\n(?:[ #].*\n|\n)+", text, re.MULTILINE)
    if block is None:
        raise ValueError("values.yaml has no block `image:`")
    changed = block[0]
    for key, value in (("repository", repository), ("digest", digest)):
        if value:
            changed, count = re.subn(rf"^  {key}: .*$", f'  {key}: "{value}"', changed, flags=re.MULTILINE)
            if count != 1:
                raise ValueError(f"values.yaml has {count} lines for image.{key}, not one")
    return text.replace(block[0], changed)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(pointed(path.read_text(), sys.argv[2], sys.argv[3]))
