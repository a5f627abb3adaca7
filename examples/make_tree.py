"""Makes a tree of files with pseudo-random content, which depends on the arguments only.

Usage: make_tree.py FOLDER FILES
"""

import random
import sys
from pathlib import Path


def main() -> None:
    folder, files = Path(sys.argv[1]), int(sys.argv[2])
    source = random.Random(2026)
    for number in range(files):
        path = folder / f"{number % 10}" / f"file-{number:05}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source.randbytes(source.randrange(1, 2_000_000)))


main()
