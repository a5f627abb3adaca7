"""Takes ranges from executor, in a worker written in Python 3.8 or later. One file, no dependencies.

    from executor_worker import ranges

    model = load()                  # once for each process
    for r in ranges():
        with r:                     # an exception fails this range, and the worker goes on
            for done, i in enumerate(range(r.start, r.end), start=1):
                work(model, i)
                r.progress(done)

The same file runs in three ways:

    executor run --resident -n 1000 -c 10 -- python3 work.py     one process takes many ranges
    executor run -n 1000 -c 10 -- python3 work.py {start} {end}  a process for each range
    python3 work.py 0 10                                         by hand

`executor sdk python > executor_worker.py` writes this file again.
"""

import os
import sys
import traceback

__all__ = ["Range", "ranges"]


class Range:
    """A range of items: those with the numbers start to end - 1."""

    def __init__(self, start, end, items=None, id=None, fault=None):
        #: The number of the first item.
        self.start = start
        #: The number after that of the last item.
        self.end = end
        self._items = items
        self._id = id
        self._fault = fault
        self._is_answered = False
        self._has_failed = False
        self._pid = os.getpid()

    def __len__(self):
        return self.end - self.start

    @property
    def items(self):
        """The items themselves, in a job of strings; otherwise None."""
        if self._fault is not None:
            raise ValueError(self._fault)
        return self._items

    def progress(self, done):
        """Reports that `done` items of this range are done. Does nothing after fail()."""
        if not self._has_failed:
            _signal("PROGRESS: %d" % done)

    def message(self, text):
        """Shows what the worker is doing now."""
        # Both end a line for the executor, and what follows could be a signal.
        _signal("MESSAGE: %s" % str(text).replace("\r", " ").replace("\n", " "))

    def fail(self):
        """Makes this range a failed one, whatever else it does. The worker goes on with the next one."""
        global _failed
        if self._id is not None and self._is_answered and not self._has_failed:
            # A resident worker answers at the end of the range, as what it prints after that belongs to the next one.
            text = "range %d to %d was answered when its loop came back for the next one"
            raise RuntimeError(text % (self.start, self.end))
        self._has_failed = _failed = True
        if self._id is None:
            # The last status counts, even if the loop has come back for the next range.
            self._is_answered = True
            _signal("STATUS: FAILED")

    def _answer(self, status):
        if self._is_answered:
            return
        self._is_answered = True
        _signal("STATUS: %s" % status if self._id is None else "STATUS: %s %d" % (status, self._id))

    def _end(self):
        self._answer("FAILED" if self._has_failed else "SUCCESS")

    def _leave(self):
        # A process that the worker has forked has not left the loop of the worker.
        if self._pid != os.getpid():
            return
        if not self._has_failed:
            text = "executor_worker: the loop over ranges() was left, so range %d to %d has failed"
            print(text % (self.start, self.end), file=sys.stderr, flush=True)
        # The end of a resident worker fails the range that it has not answered. What it was sent ahead is run elsewhere.
        if self._id is None:
            # The exit code may be 0, so this line counts. A program that the worker has called may have left one without its end.
            _signal("\nSTATUS: FAILED")

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        global _failed
        if kind is None:
            # `break` and `return` end the block like this, too. Only the loop can tell them from the end of the work.
            return False
        if not issubclass(kind, Exception):
            # The process ends, unless somebody catches this.
            self._has_failed = _failed = True
            return False
        traceback.print_exception(kind, error, trace)
        sys.stderr.flush()
        # With a process for each range, its exit code says the same.
        self.fail()
        self._end()
        return True


def ranges(args=None):
    """Yields the ranges that this process is to work on.

    A range is done when the loop comes back for the next one. If the loop is left before that, as by `break` or `return`,
    the range has failed. `args` are the words of the command line, sys.argv[1:] by default: two numbers, or items. If
    executor runs the worker, the range comes from the environment, and `args` are only taken for items.
    """
    words = sys.argv[1:] if args is None else list(args)
    resident = os.environ.get("EXECUTOR_RESIDENT")
    # Another loop has taken the ranges of this process, or it is one of multiprocessing, which imports the worker again.
    if resident == "taken by %d" % os.getpid() or _is_imported_again():
        return
    is_resident = resident == "1"
    if is_resident:
        # A program that the worker calls, and that has this file, too, is no resident worker.
        os.environ["EXECUTOR_RESIDENT"] = "taken by %d" % os.getpid()
        source = _resident()
    elif "EXECUTOR_START" in os.environ and "EXECUTOR_END" in os.environ:
        source = iter([_from_environment(words, is_given=args is not None)])
    else:
        source = iter([_by_hand(words)])
    _watch_stdout()
    for one in source:
        try:
            yield one
        except GeneratorExit:
            one._leave()
            raise
        one._end()
    if _failed and not is_resident:
        sys.stdout.flush()
        sys.exit(1)


_failed = False


def _is_imported_again():
    process = sys.modules.get("multiprocessing.process")
    return process is not None and getattr(process.current_process(), "_inheriting", False)


def _from_environment(words, is_given):
    start, end = int(os.environ["EXECUTOR_START"]), int(os.environ["EXECUTOR_END"])
    count = int(os.environ.get("EXECUTOR_ITEM_COUNT", 0))
    if count == 0:
        return Range(start, end)
    # EXECUTOR_ITEM is set for one item that is not long.
    item = os.environ.get("EXECUTOR_ITEM")
    if count == 1 and item is not None and not is_given:
        return Range(start, end, [item])
    if len(words) == count:
        return Range(start, end, words)
    fault = "the range has %d items, but the command line has other words (%d): call ranges() with the items"
    return Range(start, end, fault=fault % (count, len(words)))


def _by_hand(args):
    if len(args) == 2 and all(word.isdigit() for word in args):
        return Range(int(args[0]), int(args[1]))
    if args:
        return Range(0, len(args), args)
    sys.exit("%s: give two numbers, START and END, or items" % os.path.basename(sys.argv[0]))


def _resident():
    # What the worker calls gets an empty stdin: it must not read the ranges.
    private = os.dup(0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    is_first = True
    id, start, end, items = None, 0, 0, []
    with open(private, "rb") as lines:
        for line in lines:
            word, _, rest = line.rstrip(b"\n").partition(b": ")
            if word == b"RANGE":
                id, start, end = map(int, rest.split())
                items = []
            elif word == b"ITEM":
                items.append(os.fsdecode(_unescape(rest)))
            elif word == b"GO":
                if is_first:
                    # The time that the worker took to get ready is no time of the range.
                    _signal("STATUS: RUNNING %d" % id)
                    is_first = False
                yield Range(start, end, items or None, id)


_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"0": b"\0", b"\\": b"\\"}


def _unescape(text):
    if b"\\" not in text:
        return text
    parts = text.split(b"\\")
    whole, at = parts[0], 1
    while at < len(parts):
        if parts[at] == b"" and at + 1 < len(parts):
            # Two backslashes stand for one; what follows is text as it is.
            whole += b"\\" + parts[at + 1]
            at += 2
        else:
            whole += _ESCAPES.get(parts[at][:1], parts[at][:1]) + parts[at][1:]
            at += 1
    return whole


_at_line_start = True


def _file_of(descriptor):
    try:
        status = os.fstat(descriptor)
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def _find_pipe():
    """Returns the file that the executor reads. A worker may have moved it already, to keep libraries from printing into it."""
    try:
        if _file_of(1) == _file_of(2):
            return _file_of(sys.stdout.fileno())
    except (AttributeError, OSError, ValueError):
        pass
    return _file_of(1)


_pipe = _find_pipe()


def _out():
    """Returns the stream that the executor reads: sys.stdout, unless the worker has sent that to a log of its own."""
    try:
        descriptor = sys.stdout.fileno()
        if descriptor == 1 or _file_of(descriptor) == _pipe:
            return sys.stdout
    except (AttributeError, OSError, ValueError):
        pass
    return sys.__stdout__


def _watch_stdout():
    """Notes whether the last text that was printed ended its line."""
    out = _out()
    write = out.write

    def watched(text):
        global _at_line_start
        if text:
            _at_line_start = text.endswith("\n")
        return write(text)

    try:
        out.write = watched
    except AttributeError:
        pass


def _signal(line):
    # A signal must begin its line.
    out = _out()
    out.write(line + "\n" if _at_line_start else "\n" + line + "\n")
    out.flush()

