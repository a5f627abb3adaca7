"""The peer of the bench `frame`: draws the same states with rich's Live, and prints bytes and CPU time per frame.

Usage: frames.py <states.json> <columns> <rows>
"""

import io
import json
import sys
import time

from pip._vendor.rich.console import Console
from pip._vendor.rich.layout import Layout
from pip._vendor.rich.live import Live
from pip._vendor.rich.panel import Panel
from pip._vendor.rich.progress_bar import ProgressBar
from pip._vendor.rich.table import Table
from pip._vendor.rich.text import Text


class Sink(io.StringIO):
    """Counts what a terminal would be sent, and keeps none of it."""

    sent = 0

    def write(self, text):
        self.sent += len(text.encode())
        return len(text)


def panel(worker, total):
    done = worker["progress"]
    table = Table.grid(expand=True)
    table.add_row(Text(f"items {worker['start']}–{worker['end'] - 1}"))
    table.add_row(ProgressBar(total=total, completed=done))
    table.add_row(Text(f"{done}/{total} {100 * done // total}%"))
    table.add_row(Text(worker["message"]))
    return Panel(table, title=f"worker {worker['index']} {worker['status']}")


def screen(state, total, columns):
    workers = state["workers"]
    done = sum(worker["progress"] for worker in workers)
    head = Table.grid(expand=True)
    head.add_row(
        Text("Bench"),
        ProgressBar(total=total * len(workers), completed=done),
        Text(f"{done}/{total * len(workers)}"),
    )
    grid = Table.grid(expand=True)
    for _ in range(columns):
        grid.add_column(ratio=1)
    panels = [panel(worker, total) for worker in workers]
    for first in range(0, len(panels), columns):
        grid.add_row(*panels[first : first + columns])
    layout = Table.grid(expand=True)
    layout.add_row(head)
    layout.add_row(grid)
    return layout


def main():
    path, columns, rows = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with open(path) as file:
        script = json.load(file)
    sink = Sink()
    console = Console(
        file=sink, force_terminal=True, width=columns, height=rows, color_system="standard"
    )
    across = columns // 39
    with Live(console=console, auto_refresh=False) as live:
        live.update(screen(script["states"][0], script["total"], across), refresh=True)
        sink.sent = 0
        start = time.process_time()
        for state in script["states"][1:]:
            live.update(screen(state, script["total"], across), refresh=True)
        cpu = time.process_time() - start
        sent = sink.sent
    frames = len(script["states"]) - 1
    json.dump({"bytes": sent / frames, "cpuMs": 1000 * cpu / frames}, sys.stdout)


main()
