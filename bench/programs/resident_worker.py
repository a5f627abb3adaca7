# A resident worker that does nothing with its ranges.
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "src/cli/sdk"))
from executor_worker import ranges  # noqa: E402

for r in ranges():
    pass
