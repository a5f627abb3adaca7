"""A made-up pilot: pilot.py LINES TICKS GO. It speaks the frames of src/launchers/pilot/frames.ts, and has no processes.

A worker whose first argument is "live" runs until it gets a signal, and prints LINES lines a second as soon as there is the
file GO. Another one ends at once. The pilot writes TICKS times a second, as a pilot of many workers does.
"""
import json
import os
import re
import select
import struct
import sys
import time

LINES, TICKS, GO = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
OPEN, PING, LAUNCH, SIGNAL, SEARCH, CLOSE = 1, 2, 3, 8, 10, 12
READY, PONG, STARTED, STDOUT, STDOUT_END, STDERR_END = 33, 34, 35, 37, 38, 40
USE, EXIT, SEARCHED = 43, 44, 46
HEADER = struct.Struct(">BII")
ENDED = {"kind": "exited", "code": 0}
USED = {"cpuSeconds": 1.25, "peakRss": 50_000_000}

held = bytearray()
answers = bytearray()
live = {}  # the number of lines that each worker has printed


def read():
    """Reads what has come; ends the program with its executor."""
    data = os.read(0, 1 << 20)
    if not data:
        sys.exit(0)
    held.extend(data)


def take(end):
    """Takes so many bytes of what has come."""
    while len(held) < end:
        read()
    taken = bytes(held[:end])
    del held[:end]
    return taken


def write(data):
    """Writes all of some bytes."""
    while data:
        data = data[os.write(1, data):]


def frame(kind, worker=0, payload=b""):
    """Returns the bytes of a frame."""
    if not isinstance(payload, bytes):
        payload = json.dumps(payload, separators=(",", ":")).encode()
    return HEADER.pack(kind, worker, len(payload)) + payload


def end(worker, how):
    """Returns the frames of the end of a worker."""
    message = {"exit": how, "isAlive": False, "used": USED}
    return frame(STDOUT_END, worker) + frame(STDERR_END, worker) + frame(EXIT, worker, message)


def serve(kind, worker, payload):
    """Answers a frame of the executor."""
    if kind == OPEN:
        answers.extend(frame(READY))
    elif kind == PING:
        answers.extend(frame(PONG))
    elif kind == LAUNCH:
        answers.extend(frame(STARTED, worker, {"pid": worker}))
        if json.loads(payload)["args"][:1] == ["live"]:
            live[worker] = 0
        else:
            answers.extend(end(worker, ENDED))
    elif kind == SIGNAL and live.pop(worker, None) is not None:
        answers.extend(end(worker, {"kind": "signaled", "signal": payload.decode()}))
    elif kind == SEARCH:
        answers.extend(frame(SEARCHED, worker, b"alive" if worker in live else b""))
    elif kind == CLOSE:
        sys.exit(0)


def speak(tick, may_print):
    """Returns what the workers print whose turn it is, and once a second what they use."""
    spoken = bytearray()
    for worker in live if may_print else ():
        # So many of all lines of a second fall into this tick.
        count = (tick + worker) * LINES // TICKS - (tick + worker - 1) * LINES // TICKS
        for _ in range(count):
            live[worker] += 1
            spoken += frame(STDOUT, worker, b"PROGRESS: %d\n" % live[worker])
    if tick % TICKS == 0 and live:
        # Each of them has changed since the last time.
        usage = {"cpu": 0.9 + tick // TICKS % 10 / 100, "rss": 50_000_000 + tick}
        spoken += frame(USE, 0, [
            {"worker": worker, "usage": usage, "used": USED, "marks": 0} for worker in live
        ])
    return bytes(spoken)


def main():
    """Starts as a pilot does, and serves its executor."""
    write(b"\x1eexecutor-agent\n")
    while b"\n" not in held:
        read()
    line = take(held.index(b"\n") + 1).decode()
    take(int(re.search(r"executor_size=(\d+)", line)[1]))
    nonce = re.search(r"executor_nonce='?([0-9a-f]+)", line)[1]
    write(b"\x1e%s PILOT node -\n" % nonce.encode())
    tick, start, may_print = 0, time.monotonic(), False
    while True:
        wait = start + (tick + 1) / TICKS - time.monotonic()
        if select.select([0], [], [], max(0, wait))[0]:
            read()
            while len(held) >= HEADER.size:
                kind, worker, length = HEADER.unpack_from(held)
                if len(held) < HEADER.size + length:
                    break
                serve(kind, worker, take(HEADER.size + length)[HEADER.size:])
            write(bytes(answers))
            answers.clear()
        if time.monotonic() >= start + (tick + 1) / TICKS:
            tick += 1
            may_print = may_print or os.path.exists(GO)
            write(speak(tick, may_print))


main()
