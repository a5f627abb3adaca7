"""A worker that loads something slow once: a large table, in which it looks its items up.

With --resident, each process does that once; otherwise, each range does.

Usage: lookup.py [START END]
"""

import hashlib

from executor_worker import ranges


def load() -> "dict[str, int]":
    return {hashlib.md5(b"%d" % number).hexdigest(): number for number in range(300_000)}


table = load()
for r in ranges():
    with r:
        for done, item in enumerate(range(r.start, r.end), start=1):
            name = hashlib.md5(b"%d" % item).hexdigest()
            r.message("%s is %d" % (name, table[name]))
            r.progress(done)
