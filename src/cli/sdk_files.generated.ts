// Written by `deno task generate` from the files in src/cli/sdk/.
// deno-fmt-ignore-file

/** Files for workers in other languages. */
export const SDK_FILES = {
  /** executor_worker.py */
  python: `"""Takes ranges from executor, in a worker written in Python 3.8 or later. One file, no dependencies.

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

\`executor sdk python > executor_worker.py\` writes this file again.
"""

import os
import sys
import traceback

__all__ = ["Range", "ranges"]


class Range:
    """A range of items: those with the numbers start to end - 1."""

    def __init__(self, start, end, items=None, id=None):
        #: The number of the first item.
        self.start = start
        #: The number after that of the last item.
        self.end = end
        #: The items themselves, in a job of strings; otherwise None.
        self.items = items
        self._id = id
        self._is_answered = False
        self._has_failed = False

    def __len__(self):
        return self.end - self.start

    def progress(self, done):
        """Reports that \`done\` items of this range are done. Does nothing after fail()."""
        if not self._has_failed:
            _signal("PROGRESS: %d" % done)

    def message(self, text):
        """Shows what the worker is doing now."""
        _signal("MESSAGE: %s" % " ".join(str(text).split("\\n")))

    def fail(self):
        """Makes this range a failed one, whatever else it does. The worker goes on with the next one."""
        global _failed
        self._has_failed = _failed = True
        # A resident worker answers at the end of the range, as what it prints after that belongs to the next one.
        if self._id is None:
            self._answer("FAILED")

    def _answer(self, status):
        if self._is_answered:
            return
        self._is_answered = True
        _signal("STATUS: %s" % status if self._id is None else "STATUS: %s %d" % (status, self._id))

    def _end(self):
        self._answer("FAILED" if self._has_failed else "SUCCESS")

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self._end()
            return False
        if not issubclass(kind, Exception):
            return False
        traceback.print_exception(kind, error, trace)
        sys.stderr.flush()
        # With a process for each range, its exit code says the same.
        self.fail()
        self._end()
        return True


def ranges(args=None):
    """Yields the ranges that this process is to work on.

    A range is done when the loop comes back for the next one, or when its \`with\` block ends. If the loop is left before
    that, the range has failed. \`args\` are the words of the command line, sys.argv[1:] by default: two numbers, or items.
    """
    args = sys.argv[1:] if args is None else list(args)
    if os.environ.get("EXECUTOR_RESIDENT") == "1":
        source = _resident()
    elif "EXECUTOR_START" in os.environ and "EXECUTOR_END" in os.environ:
        source = iter([_from_environment(args)])
    else:
        source = iter([_by_hand(args)])
    _watch_stdout()
    for one in source:
        try:
            yield one
        except GeneratorExit:
            # The loop was left.
            one._answer("FAILED")
            raise
        one._end()
    if _failed and os.environ.get("EXECUTOR_RESIDENT") != "1":
        sys.stdout.flush()
        sys.exit(1)


_failed = False


def _from_environment(args):
    start, end = int(os.environ["EXECUTOR_START"]), int(os.environ["EXECUTOR_END"])
    item = os.environ.get("EXECUTOR_ITEM")
    if item is not None:
        return Range(start, end, [item])
    # One item would be in EXECUTOR_ITEM.
    is_list = len(args) > 1 and len(args) == end - start and args != [str(start), str(end)]
    return Range(start, end, args if is_list else None)


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
            word, _, rest = line.rstrip(b"\\n").partition(b": ")
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


_ESCAPES = {b"n": b"\\n", b"r": b"\\r", b"t": b"\\t", b"0": b"\\0", b"\\\\": b"\\\\"}


def _unescape(text):
    if b"\\\\" not in text:
        return text
    parts = text.split(b"\\\\")
    whole, at = parts[0], 1
    while at < len(parts):
        if parts[at] == b"" and at + 1 < len(parts):
            # Two backslashes stand for one; what follows is text as it is.
            whole += b"\\\\" + parts[at + 1]
            at += 2
        else:
            whole += _ESCAPES.get(parts[at][:1], parts[at][:1]) + parts[at][1:]
            at += 1
    return whole


_at_line_start = True


def _watch_stdout():
    """Notes whether the last text that was printed ended its line."""
    write = sys.stdout.write

    def watched(text):
        global _at_line_start
        if text:
            _at_line_start = text.endswith("\\n")
        return write(text)

    try:
        sys.stdout.write = watched
    except AttributeError:
        pass


def _signal(line):
    # A signal must begin its line.
    sys.stdout.write(line + "\\n" if _at_line_start else "\\n" + line + "\\n")
    sys.stdout.flush()

`,
  /** executor_worker.mjs */
  node: `/**
 * Takes ranges from executor, in a worker written for Node 18 or later. One file, no dependencies.
 *
 *     import { eachRange } from "./executor_worker.mjs";
 *
 *     const model = await load(); // once for each process
 *     await eachRange(async (range) => { // an error fails this range, and the worker goes on
 *       for (let i = range.start; i < range.end; i++) {
 *         await work(model, i);
 *         range.progress(i + 1 - range.start);
 *       }
 *     });
 *
 * The same file runs in three ways:
 *
 *     executor run --resident -n 1000 -c 10 -- node work.mjs     one process takes many ranges
 *     executor run -n 1000 -c 10 -- node work.mjs {start} {end}  a process for each range
 *     node work.mjs 0 10                                         by hand
 *
 * \`executor sdk node > executor_worker.mjs\` writes this file again.
 */
import fs from "node:fs";
import path from "node:path";
import process from "node:process";

/** A range of items: those with the numbers \`start\` to \`end - 1\`. */
class Range {
  #id;
  #isAnswered = false;
  #hasFailed = false;

  constructor(start, end, { items, id } = {}) {
    /** The number of the first item. */
    this.start = start;
    /** The number after that of the last item. */
    this.end = end;
    /** The items themselves, in a job of strings; otherwise undefined. */
    this.items = items;
    this.#id = id;
  }

  /** Reports that \`done\` items of this range are done. Does nothing after \`fail()\`. */
  progress(done) {
    if (!this.#hasFailed) signal(\`PROGRESS: \${done}\`);
  }

  /** Shows what the worker is doing now. */
  message(text) {
    signal(\`MESSAGE: \${\`\${text}\`.replaceAll("\\n", " ")}\`);
  }

  /** Makes this range a failed one, whatever else it does. The worker goes on with the next one. */
  fail() {
    this.#hasFailed = true;
    // A resident worker answers at the end of the range, as what it prints after that belongs to the next one.
    if (this.#id !== undefined) return;
    process.exitCode = 1;
    this.settle();
  }

  /** Ends this range, unless it has been ended. */
  settle() {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    const status = this.#hasFailed ? "FAILED" : "SUCCESS";
    signal(this.#id === undefined ? \`STATUS: \${status}\` : \`STATUS: \${status} \${this.#id}\`);
  }
}

/**
 * Calls \`work\` for each range that this process is to work on, one after another. A range is done when \`work\` has resolved; if it
 * throws, the range has failed. \`args\` are the words of the command line: two numbers, or items.
 */
export async function eachRange(work, args = process.argv.slice(2)) {
  for await (const range of ranges(args)) {
    try {
      await work(range);
    } catch (error) {
      fs.writeSync(2, \`\${error?.stack ?? error}\\n\`);
      range.fail();
    }
  }
}

/**
 * Yields the same ranges, for a loop. A range is done when the loop comes back for the next one. If the loop is left before that,
 * by \`break\` or an error, the range has failed.
 */
export async function* ranges(args = process.argv.slice(2)) {
  const { EXECUTOR_RESIDENT, EXECUTOR_START, EXECUTOR_END } = process.env;
  const source = EXECUTOR_RESIDENT === "1"
    ? residentRanges()
    : EXECUTOR_START !== undefined && EXECUTOR_END !== undefined
    ? [rangeOfEnvironment(args)]
    : [rangeByHand(args)];
  watchStdout();
  for await (const range of source) {
    let isLeft = true;
    try {
      yield range;
      isLeft = false;
    } finally {
      if (isLeft) range.fail();
      range.settle();
    }
  }
}

function rangeOfEnvironment(args) {
  const { EXECUTOR_START, EXECUTOR_END, EXECUTOR_ITEM } = process.env;
  const [start, end] = [Number(EXECUTOR_START), Number(EXECUTOR_END)];
  if (EXECUTOR_ITEM !== undefined) return new Range(start, end, { items: [EXECUTOR_ITEM] });
  // One item would be in EXECUTOR_ITEM.
  const isList = args.length > 1 && args.length === end - start &&
    args.join() !== \`\${start},\${end}\`;
  return new Range(start, end, { items: isList ? args : undefined });
}

function rangeByHand(args) {
  if (args.length === 2 && args.every((word) => /^\\d+$/.test(word))) {
    return new Range(Number(args[0]), Number(args[1]));
  }
  if (args.length > 0) return new Range(0, args.length, { items: args });
  fs.writeSync(2, \`\${path.basename(process.argv[1])}: give two numbers, START and END, or items\\n\`);
  process.exit(1);
}

async function* residentRanges() {
  // What the worker calls gets an empty stdin: it must not read the ranges.
  const input = fs.createReadStream("", { fd: fs.openSync("/dev/fd/0"), encoding: "utf8" });
  fs.closeSync(0);
  fs.openSync("/dev/null");
  let isFirst = true;
  let order = {};
  for await (const line of lines(input)) {
    const at = line.indexOf(": ");
    const [word, rest] = [line.slice(0, at), line.slice(at + 2)];
    if (word === "RANGE") {
      const [id, start, end] = rest.split(" ").map(Number);
      order = { id, start, end, items: [] };
    } else if (word === "ITEM") {
      order.items.push(unescapeItem(rest));
    } else if (word === "GO") {
      const { id, start, end, items } = order;
      // The time that the worker took to get ready is no time of the range.
      if (isFirst) signal(\`STATUS: RUNNING \${id}\`);
      isFirst = false;
      yield new Range(start, end, { id, items: items.length > 0 ? items : undefined });
    }
  }
}

async function* lines(input) {
  let rest = "";
  for await (const text of input) {
    const whole = (rest + text).split("\\n");
    rest = whole.pop();
    yield* whole;
  }
}

const ESCAPES = { n: "\\n", r: "\\r", t: "\\t", 0: "\\0" };

function unescapeItem(text) {
  return text.replace(/\\\\(.)/g, (_, letter) => ESCAPES[letter] ?? letter);
}

let isAtLineStart = true;

/** Notes whether the last text that was printed ended its line. */
function watchStdout() {
  const { stdout } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = (chunk, ...rest) => {
    if (chunk.length > 0) isAtLineStart = chunk.at(-1) === "\\n" || chunk.at(-1) === 10;
    return write(chunk, ...rest);
  };
}

function signal(line) {
  // A signal must begin its line.
  process.stdout.write(isAtLineStart ? \`\${line}\\n\` : \`\\n\${line}\\n\`);
}
`,
  /** executor_worker.sh */
  bash: `# Takes ranges from executor, in a worker written in bash. One file, no dependencies.
#
#     . ./executor_worker.sh
#
#     load                                   # once for each process
#     while next_range "$@"; do
#       for ((i = start; i < end; i++)); do
#         work "$i" || fail
#         progress $((i + 1 - start))
#       done
#     done
#
# next_range sets start, end, and in a job of strings the array items. A range is done when next_range is called again,
# unless fail was called. If the script exits before that, the range has failed.
#
# The same file runs in three ways:
#
#     executor run --resident -n 1000 -c 10 -- bash work.sh     one process takes many ranges
#     executor run -n 1000 -c 10 -- bash work.sh {start} {end}  a process for each range
#     bash work.sh 0 10                                         by hand
#
# \`executor sdk bash > executor_worker.sh\` writes this file again.

_executor_id='' _executor_state=new

if [ "\${EXECUTOR_RESIDENT-}" = 1 ]; then
  # What the worker calls gets an empty stdin: it must not read the ranges.
  exec {_executor_input}<&0 </dev/null
fi

# Takes the next range. Returns 1 when there are no more.
next_range() {
  if [ "$_executor_state" = open ]; then _executor_answer SUCCESS; fi
  if [ "\${EXECUTOR_RESIDENT-}" = 1 ]; then
    if [ "$_executor_state" = failed ]; then _executor_answer FAILED; fi
    _executor_read
    return
  fi
  if [ "$_executor_state" != new ]; then
    # With a process for each range, its exit code says that it has failed.
    if [ "$_executor_state" = failed ]; then exit 1; fi
    return 1
  fi
  _executor_state=open items=()
  if [ -n "\${EXECUTOR_START-}" ] && [ -n "\${EXECUTOR_END-}" ]; then
    start=$EXECUTOR_START end=$EXECUTOR_END
    if [ -n "\${EXECUTOR_ITEM+set}" ]; then
      items=("$EXECUTOR_ITEM")
    elif [ $# -gt 1 ] && [ $# = $((end - start)) ] && [ "$*" != "$start $end" ]; then
      items=("$@")
    fi
  elif [ $# = 2 ] && [[ $1$2 =~ ^[0-9]+$ ]]; then
    start=$1 end=$2
  elif [ $# -gt 0 ]; then
    start=0 end=$# items=("$@")
  else
    echo "\${0##*/}: give two numbers, START and END, or items" >&2
    exit 1
  fi
}

# Reports that so many items of the range are done. Does nothing after fail.
progress() { [ "$_executor_state" = failed ] || printf 'PROGRESS: %d\\n' "$1"; }

# Shows what the worker is doing now.
message() { printf 'MESSAGE: %s\\n' "\${*//$'\\n'/ }"; }

# Makes the range a failed one, whatever else it does. The worker goes on with the next one.
fail() {
  if [ "$_executor_state" != open ]; then return; fi
  # A resident worker answers at the end of the range, as what it prints after that belongs to the next one.
  if [ "\${EXECUTOR_RESIDENT-}" != 1 ]; then _executor_answer FAILED; fi
  _executor_state=failed
}

_executor_answer() {
  printf 'STATUS: %s%s\\n' "$1" "\${_executor_id:+ $_executor_id}"
  _executor_state=done
}

_executor_read() {
  local line is_first=no
  if [ "$_executor_state" = new ]; then is_first=yes; fi
  while IFS= read -r line <&"$_executor_input"; do
    case $line in
      'RANGE: '*)
        read -r _executor_id start end <<<"\${line#RANGE: }"
        items=()
        ;;
      'ITEM: '*)
        # A shell has no NUL, and leaves it out.
        printf -v line '%b' "\${line#ITEM: }"
        items+=("$line")
        ;;
      'GO: '*)
        _executor_state=open
        # The time that the worker took to get ready is no time of the range.
        if [ $is_first = yes ]; then printf 'STATUS: RUNNING %s\\n' "$_executor_id"; fi
        return 0
        ;;
    esac
  done
  return 1
}
`,
};
