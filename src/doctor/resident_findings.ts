/**
 * Findings on a resident worker: answers that are missing, late, doubled, or name the wrong range.
 *
 * @module
 */
import { isFailed } from "../model/statuses.ts";
import { formatItems, plural } from "../reporters/wording.ts";
import { flushAdvice, guessLanguage } from "./command_advice.ts";
import { lastLogLines } from "./ending_findings.ts";
import { type Advice, code, type Finding, finding, formatTime, printedLines } from "./finding.ts";
import type { Observation, ResidentFacts, ResidentRange } from "./observation.ts";
import { findStopped } from "./stop_findings.ts";

/** An observation of a resident worker. */
type Seen = Observation & { readonly resident: ResidentFacts };

/** Checks whether each range was answered once, by its id, and in time. */
export function findAnswers(seen: Observation): Finding[] {
  if (!isResident(seen)) return [];
  const { stopped, resident: { ranges, wrongIds } } = seen;
  if (stopped !== undefined) return findStopped(seen);
  const findings = [
    ...findMissing(seen),
    ...(wrongIds.count > 0 ? [wrongId(seen)] : findTwice(seen)),
    ...findFailed(seen),
  ];
  if (findings.length > 0) return findings;
  const answered = ranges.filter(({ answers }) => answers > 0).length;
  // Then another finding names the lines that are no answers.
  if (answered === 0) return [];
  return [finding("ok", { title: `It answered ${plural(answered, "range")}, each one by its id` })];
}

function isResident(seen: Observation): seen is Seen {
  return seen.resident !== undefined;
}

/** Explains why ranges were not answered in time; the first explanation that fits counts. */
function findMissing(seen: Seen): Finding[] {
  const { resident: { ranges, withoutId, wrongIds, signals, exit }, stdout, stderr } = seen;
  const sent = ranges.filter(({ isSent }) => isSent);
  const late = sent.filter(({ isLate }) => isLate);
  const lost = sent.filter(({ answers }) => answers === 0);
  if (late.length + lost.length === 0) return [];
  // Other findings name the wrong lines.
  const isWrong = wrongIds.count > 0 ||
    [stdout.malformed, stdout.nearMisses, stderr.signals, stderr.malformed]
      .some(({ counts }) => counts.STATUS > 0);
  if (late.length > 0) {
    return [lost.length > 0 && !isWrong ? stolen(seen, lost) : held(seen, late)];
  }
  if (isWrong) return [];
  if (withoutId > 0) return [withoutAnyId(lost)];
  const hasAnswered = lost.length < sent.length;
  if (exit === "early") return hasAnswered ? [] : [exitedUnanswered(seen)];
  if (hasAnswered && exit === "at the end") return [stolen(seen, lost)];
  return [signals > 0 ? unfinished(seen, lost) : ignoresRanges(seen)];
}

/** Explains an order that was there for the worker, but never reached it. */
function stolen({ template }: Seen, lost: readonly ResidentRange[]): Finding {
  return finding("problem", {
    title: `It gave no answer to ${
      rangesOf(lost)
    }, but saw the end of its input: most likely, a program that it calls has read its stdin`,
    advice: [
      "Its ranges come on its stdin. What it calls must get another one:",
      ...emptyStdin(template),
      "The file of executor sdk (python, node, bash) sees to that.",
    ],
  });
}

function emptyStdin(template: readonly string[]): Advice[] {
  switch (guessLanguage(template)) {
    case "python":
      return code("subprocess.run(…, stdin=subprocess.DEVNULL)");
    case "javascript":
      return code('spawn(…, { stdio: ["ignore", "pipe", "inherit"] })');
    case "shell":
      return code("program … </dev/null");
    case "other":
      return code(
        "sh      program … </dev/null",
        "Python  subprocess.run(…, stdin=subprocess.DEVNULL)",
        'Node    spawn(…, { stdio: ["ignore", "pipe", "inherit"] })',
      );
  }
}

/** Explains answers that came only when the input ended. */
function held({ template, resident: { waitedMs } }: Seen, late: readonly ResidentRange[]): Finding {
  return finding("problem", {
    title: `It answered ${rangesOf(late)} only when its input ended, after ${
      formatTime(waitedMs)
    }: in a run, it would get no second range`,
    advice: [
      "Its stdout is buffered in blocks, as usual when stdout is not a terminal.",
      ...flushAdvice(template),
      "Or it reads its whole input before it begins: it must read one line at a time, and begin " +
      "at GO. Or it was still loading: give it more time (--timeout 5m).",
    ],
  });
}

function withoutAnyId(lost: readonly ResidentRange[]): Finding {
  const { id, startIndex, endIndex } = lost[0]!;
  return finding("problem", {
    title: "It answers without the id of the range: such a status ends none",
    advice: [
      `A range is ended by a status with its id. RANGE: ${id} ${startIndex} ${endIndex} is ` +
      "answered by:",
      ...code(`STATUS: SUCCESS ${id}`),
    ],
  });
}

function exitedUnanswered(seen: Seen): Finding {
  const { exit } = seen;
  const how = exit?.kind === "exited"
    ? `exited with code ${exit.code}`
    : exit?.kind === "signaled"
    ? `was ended by ${exit.signal}`
    : "ended";
  return finding("problem", {
    title: `It ${how} without an answer to its range`,
    advice: [
      ...lastLogLines(seen),
      "A resident worker stays, reads ranges from its stdin, and answers each one until its input " +
      "ends.",
      ...sdkAdvice(seen),
    ],
  });
}

function unfinished(seen: Seen, lost: readonly ResidentRange[]): Finding {
  const { resident: { ranges, exit, waitedMs } } = seen;
  const isLast = exit === "never" ? "" : " It exited when its input ended.";
  const count = ranges.filter(({ answers }) => answers > 0).length;
  return finding(count > 0 || exit === "never" ? "note" : "problem", {
    title: `It was at work, but did not answer ${rangesOf(lost.slice(0, 1))} in ${
      formatTime(waitedMs)
    }`,
    advice: [
      `If it needs more time, raise --timeout (--timeout 5m).${isLast} A range ends only by an ` +
      "answer:",
      ...code(`STATUS: SUCCESS ${lost[0]!.id}`),
    ],
  });
}

function ignoresRanges(seen: Seen): Finding {
  return finding("problem", {
    title: `It answered none of its ranges in ${formatTime(seen.resident.waitedMs)}`,
    advice: [
      "A resident worker must read the ranges that come on its stdin. If it was still loading, give it " +
      "more time: --timeout 5m.",
      ...sdkAdvice(seen),
      "If it is a worker with a process for each range, leave out --resident.",
    ],
  });
}

/** Tells how a worker that knows nothing of ranges gets them. */
function sdkAdvice({ template }: Seen): (Advice | string)[] {
  switch (guessLanguage(template)) {
    case "python":
      return [
        "In Python:",
        ...code(
          "executor sdk python > executor_worker.py",
          "",
          "from executor_worker import ranges",
          "for r in ranges():",
          "    with r:",
          "        work(r.start, r.end)",
        ),
      ];
    case "javascript":
      return [
        "In Node:",
        ...code(
          "executor sdk node > executor_worker.mjs",
          "",
          'import { eachRange } from "./executor_worker.mjs";',
          "await eachRange((r) => work(r.start, r.end));",
        ),
      ];
    case "shell":
      return [
        "In bash:",
        ...code(
          "executor sdk bash > executor_worker.sh",
          "",
          ". ./executor_worker.sh",
          'while next_range "$@"; do',
          '  work "$start" "$end" || fail',
          "done",
        ),
      ];
    case "other":
      return [
        "executor sdk python (or node, bash) prints a file that does it; docs/resident.md has the " +
        "protocol.",
      ];
  }
}

function wrongId({ resident: { ranges, wrongIds } }: Seen): Finding {
  const open = ranges.find(({ answers }) => answers === 0) ?? ranges[0]!;
  const { id, startIndex, endIndex } = open;
  const more = wrongIds.count - wrongIds.examples.length;
  return finding("problem", {
    title: `It answered with another id than that of its range, ${times(wrongIds.count)}`,
    advice: [
      ...printedLines(...wrongIds.examples),
      ...(more > 0 ? [`And ${plural(more, "more line", "more lines")}.`] : []),
      "The id is the first number after RANGE:, and another one for each range. RANGE: " +
      `${id} ${startIndex} ${endIndex} is answered by:`,
      ...code(`STATUS: SUCCESS ${id}`),
    ],
  });
}

function findTwice({ resident: { ranges } }: Seen): Finding[] {
  const doubled = ranges.filter(({ answers }) => answers > 1);
  if (doubled.length === 0) return [];
  return [
    finding("problem", {
      title: `It answered ${rangesOf(doubled)} more than once`,
      advice: [
        "Only the first answer counts: a FAILED after it is lost, and the others are counted as " +
        "anomalies. Print one status with the id, last of all, when nothing can fail any more. " +
        "With the file of executor sdk, print no status of your own: it answers.",
      ],
    }),
  ];
}

function findFailed(seen: Seen): Finding[] {
  const failed = seen.resident.ranges.filter(({ status }) =>
    status !== undefined && isFailed(status)
  );
  if (failed.length === 0) return [];
  const { status, startIndex, endIndex } = failed[0]!;
  const others = failed.length > 1 ? `, and ${plural(failed.length - 1, "other range")} too` : "";
  return [
    finding("problem", {
      title: `It answered ${status} to ${formatItems(startIndex, endIndex)}${others}`,
      advice: lastLogLines(seen),
    }),
  ];
}

/** Checks how the worker left: at the end of its input, and not before. */
export function findExit(seen: Observation): Finding[] {
  if (!isResident(seen) || seen.stopped !== undefined) return [];
  const { resident: { exit, ranges }, exit: end } = seen;
  const answered = ranges.filter(({ answers }) => answers > 0).length;
  if (exit === "at the end") {
    return [finding("ok", { title: "It exited when its input ended" })];
  }
  if (exit === "early") {
    if (answered === 0 || answered === ranges.length) return [];
    const code = end?.kind === "exited" ? ` with code ${end.code}` : "";
    return [
      finding("note", {
        title: `It exited${code} after ${plural(answered, "range")}, before its input ended`,
        advice: [
          "A new process takes over, and loads everything again. A resident worker stays until " +
          "the end of its input.",
        ],
      }),
    ];
  }
  return [
    finding("problem", {
      title: "It did not exit when its input ended",
      advice: [
        "At the end of a run, a worker gets the end of its input. One that stays then delays the " +
        "run by its grace period, and is ended by SIGTERM. A loop over the lines of stdin must " +
        "end there, and threads must not keep the process alive.",
      ],
    }),
  ];
}

/** Checks whether the progress of each range begins anew. */
export function findRangeProgress({ resident }: Observation): Finding[] {
  const beyond = (resident?.ranges ?? []).filter(({ progress, startIndex, endIndex }) =>
    progress !== undefined && progress > endIndex - startIndex
  );
  if (beyond.length === 0) return [];
  const { progress, startIndex, endIndex } = beyond[0]!;
  return [
    finding("problem", {
      title: `Its progress goes beyond its range: it reported ${progress} of ${
        plural(endIndex - startIndex, "item")
      }, for ${formatItems(startIndex, endIndex)}`,
      advice: [
        "PROGRESS is how many items of this range are done. It begins at 1 again with each range.",
      ],
    }),
  ];
}

/** Names ranges by their items. */
function rangesOf(ranges: readonly ResidentRange[]): string {
  const { id, startIndex, endIndex } = ranges[0]!;
  const others = ranges.length > 1 ? ` and ${plural(ranges.length - 1, "other")}` : "";
  return `range ${id} (${formatItems(startIndex, endIndex)})${others}`;
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
