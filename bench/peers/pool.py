"""The Python peer: threads that run commands, read their lines and parse the signals.

Usage: pool.py <ranges> <workers> <command> [<argument> ...]
       pool.py --rich <columns> <rows> <items> <ranges> <workers> <command> [<argument> ...]

With --rich, it draws all workers, each with a range of <items> items, ten times a second with rich's Live, into a sink
that counts the bytes.
Prints JSON: the lines per second of the whole run (rate), and the CPU time, bytes and frames per second between the
start of the last worker and the end of the first one (cpuMs, bytes, frames).
"""

import json
import queue
import subprocess
import sys
import threading
import time


class Watch:
    """What was spent when all workers had started, and when the first one had ended."""

    def __init__(self, size, display):
        self.left = size
        self.display = display
        self.lock = threading.Lock()
        self.marks = []

    def mark(self):
        display = self.display
        now, cpu = time.monotonic(), 1000 * time.process_time()
        self.marks.append((now, cpu, display.sent, display.frames))

    def started(self):
        with self.lock:
            self.left -= 1
            if self.left == 0:
                self.mark()

    def ended(self):
        with self.lock:
            if len(self.marks) == 1:
                self.mark()

    def per_second(self):
        if len(self.marks) < 2:
            return {}
        (start, *before), (end, *after) = self.marks
        cpu, sent, frames = ((b - a) / (end - start) for a, b in zip(before, after))
        per_frame = {"frameCpuMs": cpu / frames, "frameBytes": sent / frames} if frames else {}
        return {"cpuMs": cpu, "bytes": sent, "frames": frames, **per_frame}


class Worker:
    """What one worker does now, as its lines say."""

    def __init__(self, index, watch):
        self.index = index
        self.watch = watch
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
            self.watch.started()
            for line in process.stdout:
                self.take(line)
        self.watch.ended()
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
    watch = Watch(size, display)
    workers = [Worker(index, watch) for index in range(size)]
    threads = [
        threading.Thread(target=work, args=(worker, ranges, command)) for worker in workers
    ]
    with display(workers):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return workers, watch


class Nothing:
    """Shows nothing."""

    sent = frames = 0

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

        RichDisplay.columns, RichDisplay.rows, RichDisplay.total = map(int, argv[1:4])
        display, argv = RichDisplay, argv[4:]
    start = time.monotonic()
    workers, watch = run(int(argv[0]), int(argv[1]), argv[2:], display)
    lines = sum(worker.lines for worker in workers)
    json.dump({"rate": lines / (time.monotonic() - start), **watch.per_second()}, sys.stdout)


main()
