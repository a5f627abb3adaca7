"""A worker that prints PROGRESS and MESSAGE ten times a second: speaker.py <items>."""

import sys
import time

start = time.monotonic()
for step in range(1, int(sys.argv[1]) + 1):
    print(f"PROGRESS: {step}\nMESSAGE: resizing image {step}.png", flush=True)
    time.sleep(max(0, start + step / 10 - time.monotonic()))
