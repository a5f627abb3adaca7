#!/usr/bin/env python3
"""A worker that does no item twice, even if it is killed at any moment.

    executor run -n 1000 -c 100 -r 5 --retry-from checkpoint --journal run.jsonl --resume \
        -- python3 examples/resumable.py DIR {range} {resume} {end}

If it is killed between writing a result and reporting it, the executor does not know of that item. So the worker does
not rely on the executor alone: it writes its results to DIR/part-RANGE.txt, one line per item, and continues after the
last complete line. An item is done when its line is written and synced; only then does PROGRESS report it.
"""
import hashlib
import os
import sys


def last_done(file, before):
    """Returns the last item with a complete line, and removes an incomplete line."""
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
