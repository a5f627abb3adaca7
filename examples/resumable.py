#!/usr/bin/env python3
"""A worker that does no item twice, even if it is killed at any moment and the job goes on with another chunk size.

    executor run -n 1000 -c 100 -r 5 --retry-from checkpoint --journal run.jsonl --resume \
        -- python3 examples/resumable.py DIR {resume} {end}

If it is killed between writing a result and reporting it, the executor does not know of that item. So the worker does
not rely on the executor alone: it writes its results to DIR/part-ITEM.txt, one line per item from ITEM on, and leaves
out the items that any of these files has. The files are named by items, as ranges have other numbers with another chunk
size. An item is done when its line is written and synced; only then does PROGRESS report it. A last line without its
newline was cut short: it is not done, and is in another file again.
"""
import hashlib
import os
import re
import sys


def items_of(folder, name):
    """Returns the items that a file has, as a range."""
    first = int(re.fullmatch(r"part-(\d+)\.txt", name)[1])
    with open(os.path.join(folder, name), "rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - 1000))
        *lines, _cut = file.read().split(b"\n")
    return range(first, int(lines[-1].split()[0]) + 1 if lines else first)


def work(item):
    return hashlib.sha256(b"item %d" % item).hexdigest()


def write_all(file, line):
    """Writes a line; fails if not all of it can be written. A disk that gets full takes a part of it first."""
    while line:
        line = line[file.write(line):]


def main(folder, resume, end):
    os.makedirs(folder, exist_ok=True)
    parts = [items_of(folder, name) for name in os.listdir(folder) if name.startswith("part-")]
    parts = [part for part in parts if part.start < end and part.stop > resume]
    file = None
    for item in range(resume, end):
        if any(item in part for part in parts):
            file = None
        else:
            file = file or open(os.path.join(folder, f"part-{item}.txt"), "wb", buffering=0)
            write_all(file, b"%d %s\n" % (item, work(item).encode()))
            os.fsync(file.fileno())
        print(f"PROGRESS: {item + 1 - resume}", flush=True)
    print("STATUS: SUCCESS")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[-2]), int(sys.argv[-1]))
