"""The Python peer: threads that run commands, read their lines and know what they said.

Usage: pool.py <ranges> <workers> <command> [<argument> ...]
       pool.py --rich <columns> <rows> <ranges> <workers> <command> [<argument> ...]

With --rich, it draws all workers ten times a second with rich's Live, into a sink that counts the bytes.
Prints what it came to as JSON: lines, seconds, cpuMs, bytes.
"""

import json
import queue
import subprocess
import sys
import threading
import time


class Worker:
    """What one worker does now, as its lines say."""

    def __init__(self, index):
        self.index = index
        self.status = "PENDING"
        self.progress = 0
        self.message = ""
        self.log = []
        self.lines = 0

    def take(self, line):
        self.lines += 1
        if line.startswith("PROGRESS:"):
            try:
                self.progress = int(line[9:])
            except ValueError:
                self.log.append(line)
        elif line.startswith("MESSAGE:"):
            self.message = line[8:].strip()
        elif line.startswith("STATUS:"):
            self.status = line[7:].strip()
        else:
            self.log.append(line)
            del self.log[:-200]

    def run(self, command):
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            self.status = "RUNNING"
            for line in process.stdout:
                self.take(line)
        self.status = "SUCCESS" if process.returncode == 0 else "CRASHED"


def work(worker, ranges, command):
    while True:
        try:
            ranges.get_nowait()
        except queue.Empty:
            return
        worker.run(command)


def run(count, size, command, display):
    ranges = queue.SimpleQueue()
    for index in range(count):
        ranges.put(index)
    workers = [Worker(index) for index in range(size)]
    threads = [
        threading.Thread(target=work, args=(worker, ranges, command)) for worker in workers
    ]
    with display(workers):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return workers


class Nothing:
    """Shows nothing."""

    sent = 0

    def __init__(self, workers):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


def main():
    argv = sys.argv[1:]
    display = Nothing
    if argv[0] == "--rich":
        from rich_display import RichDisplay

        RichDisplay.columns, RichDisplay.rows = int(argv[1]), int(argv[2])
        display, argv = RichDisplay, argv[3:]
    start = time.monotonic()
    workers = run(int(argv[0]), int(argv[1]), argv[2:], display)
    seconds = time.monotonic() - start
    lines = sum(worker.lines for worker in workers)
    figures = {
        "lines": lines,
        "rate": lines / seconds,
        "seconds": seconds,
        "cpuMs": 1000 * time.process_time(),
        "bytes": display.sent,
    }
    json.dump(figures, sys.stdout)


main()
