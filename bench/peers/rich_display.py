"""Workers drawn with the rich that pip brings: a header, and three rows for each worker, side by side."""

import io

from pip._vendor.rich.console import Console
from pip._vendor.rich.live import Live
from pip._vendor.rich.progress_bar import ProgressBar
from pip._vendor.rich.table import Table
from pip._vendor.rich.text import Text

WORKER_COLUMNS = 33


class Sink(io.StringIO):
    """Counts what a terminal would be sent, and keeps none of it."""

    def write(self, text):
        RichDisplay.sent += len(text.encode())
        return len(text)


class RichDisplay:
    """A rich Live of all workers, ten frames a second."""

    columns, rows, total, sent = 80, 24, 1000, 0

    def __init__(self, workers):
        self.workers = workers
        console = Console(
            file=Sink(),
            force_terminal=True,
            width=self.columns,
            height=self.rows,
            color_system="standard",
        )
        self.live = Live(console=console, get_renderable=self.screen, refresh_per_second=10)

    def __enter__(self):
        return self.live.__enter__()

    def __exit__(self, *error):
        self.live.__exit__(*error)

    def cell(self, worker):
        cell = Table.grid(expand=True)
        cell.add_row(Text(f"worker {worker.index} {worker.status}", no_wrap=True))
        cell.add_row(ProgressBar(total=self.total, completed=worker.progress))
        cell.add_row(Text(f"{worker.progress}/{self.total} {worker.message}", no_wrap=True))
        return cell

    def screen(self):
        done = sum(worker.progress for worker in self.workers)
        total = self.total * len(self.workers)
        head = Table.grid(expand=True)
        head.add_row(
            Text("Bench"), ProgressBar(total=total, completed=done), Text(f"{done}/{total}")
        )
        across = self.columns // WORKER_COLUMNS
        grid = Table.grid(expand=True)
        for _ in range(across):
            grid.add_column(ratio=1)
        cells = [self.cell(worker) for worker in self.workers]
        for first in range(0, len(cells), across):
            grid.add_row(*cells[first : first + across])
        layout = Table.grid(expand=True)
        layout.add_row(head)
        layout.add_row(grid)
        return layout
