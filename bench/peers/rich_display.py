"""Draws workers as our grid does, with the rich that is part of pip: a header with bar, figures and counts, and three rows
per worker with number, status and range; bar and figures; message."""

import io
import time

from pip._vendor.rich.console import Console, Group
from pip._vendor.rich.live import Live
from pip._vendor.rich.progress_bar import ProgressBar
from pip._vendor.rich.table import Table
from pip._vendor.rich.text import Text

WORKER_COLUMNS = 33
STYLES = {"PENDING": "dim", "RUNNING": "blue", "SUCCESS": "green", "CRASHED": "red"}


class Sink(io.StringIO):
    """Counts what a terminal would be sent, and keeps none of it."""

    def write(self, text):
        RichDisplay.sent += len(text.encode())
        return len(text)


class CountedLive(Live):
    """Counts its frames."""

    def refresh(self):
        RichDisplay.frames += 1
        super().refresh()


class RichDisplay:
    """A rich Live of all workers, ten frames a second."""

    columns, rows, total, sent, frames = 80, 24, 1000, 0, 0

    def __init__(self, workers):
        self.workers = workers
        self.start = time.monotonic()
        console = Console(
            file=Sink(),
            force_terminal=True,
            width=self.columns,
            height=self.rows,
            color_system="standard",
        )
        self.live = CountedLive(console=console, get_renderable=self.screen, refresh_per_second=10)

    def __enter__(self):
        return self.live.__enter__()

    def __exit__(self, *error):
        self.live.__exit__(*error)

    def cell(self, worker):
        first = worker.index * self.total
        head = Text(no_wrap=True)
        head.append(f"#{worker.index} ", "bold")
        head.append(worker.status, STYLES[worker.status])
        head.append(f" items {first}–{first + self.total - 1}")
        bar = self.bar(worker.progress, self.total)
        return Group(head, bar, Text(worker.message, no_wrap=True))

    def bar(self, done, total, more=""):
        row = Table.grid(expand=True, padding=(0, 1))
        row.add_column(ratio=1)
        row.add_column()
        figures = Text(f"{done}/{total} {100 * done // total:3}%{more}", no_wrap=True)
        row.add_row(ProgressBar(total=total, completed=done), figures)
        return row

    def screen(self):
        done = sum(worker.progress for worker in self.workers)
        total = self.total * len(self.workers)
        seconds = time.monotonic() - self.start
        rate = done / seconds
        left = (total - done) / rate if rate > 0 else 0
        head = Table.grid(expand=True, padding=(0, 1))
        head.add_column()
        head.add_column(ratio=1)
        more = f" {seconds // 60:.0f}:{seconds % 60:02.0f} ETA {left / 60:.0f}:{left % 60:02.0f} {rate:.1f}/s"
        head.add_row(Text("Bench", "bold"), self.bar(done, total, more))
        running = sum(worker.status == "RUNNING" for worker in self.workers)
        ended = sum(worker.status == "SUCCESS" for worker in self.workers)
        counts = Text.assemble("ranges: ", (f"{running} running", "blue"), f" · {ended} done")
        across = self.columns // WORKER_COLUMNS
        grid = Table.grid(expand=True, padding=(0, 1))
        for _ in range(across):
            grid.add_column(ratio=1)
        cells = [self.cell(worker) for worker in self.workers]
        for first in range(0, len(cells), across):
            grid.add_row(*cells[first : first + across])
        return Group(head, counts, Text(), grid, Text(), Text("Ctrl-C stops the run", "dim"))
