#!/usr/bin/env python3
"""A worker that can be killed at any moment, and does no item twice.

    executor run -n 1000 -c 100 -r 5 --retry-from checkpoint --journal run.jsonl --resume \
        -- python3 examples/resumable.py DIR {range} {resume} {end}

What it has done and what it says it has done can differ by one item, the one that a kill fell upon. So it does not ask
the executor alone where to go on: its results stand in DIR/part-RANGE.txt, a line for each item, and the last whole line
tells. The line is written and synced in one go, and with it the item is done; then PROGRESS says so.
"""
import hashlib
import os
import sys


def last_done(file, before):
    """The last item that has a whole line; what a kill cut short is cut off."""
    lines = file.read().split(b"\n")
    file.truncate(file.tell() - len(lines.pop()))
    file.seek(0, os.SEEK_END)
    return int(lines[-1].split()[0]) if lines else before


def work(item):
    return hashlib.sha256(b"item %d" % item).hexdigest()


def main(folder, number, resume, end):
    path = os.path.join(folder, f"part-{number}.txt")
    with open(path, "a+b", buffering=0) as file:
        file.seek(0)
        done = last_done(file, before=resume - 1)
        for item in range(done + 1, end):
            file.write(b"%d %s\n" % (item, work(item).encode()))
            os.fsync(file.fileno())
            print(f"PROGRESS: {item + 1 - resume}", flush=True)
    print("STATUS: SUCCESS")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
