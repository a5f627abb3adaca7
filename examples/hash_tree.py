"""A worker that computes SHA-256 of the files START to END-1 of a tree.

Writes FOLDER-START.sha256 beside the tree, in the format of sha256sum, either completely or not at all.

Usage: hash_tree.py FOLDER START END
"""

import hashlib
import os
import sys
from pathlib import Path


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def main() -> None:
    folder, start, end = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = []
    for done, path in enumerate(files[start:end], start=1):
        print(f"MESSAGE: {path.name}")
        lines.append(f"{sha256(path)}  {path}\n")
        print(f"PROGRESS: {done}")
    result = folder.with_name(f"{folder.name}-{start:05}.sha256")
    partial = result.with_suffix(".partial")
    partial.write_text("".join(lines))
    os.replace(partial, result)
    print("STATUS: SUCCESS")


main()
