/**
 * Findings on a worker that was stopped, or asked to end.
 *
 * @module
 */
import { type Advice, code, type Finding, finding, formatTime } from "./finding.ts";
import { type Observation, sizeOf } from "./observation.ts";

/** Checks a worker that did not end by itself. */
export function findStopped(seen: Observation): Finding[] {
  const { stopped, range, durationMs, stdout: { progress, reportedStatus } } = seen;
  if (stopped !== "timeout") {
    return [
      finding("note", { title: `You ended it (${stopped}): these are the findings until then` }),
    ];
  }
  const time = formatTime(durationMs);
  const hasFinished = progress?.last === sizeOf(range) ||
    reportedStatus !== undefined;
  if (hasFinished) {
    return [
      finding("problem", {
        title: `It reported that all was done, but did not exit: it was stopped after ${time}`,
        advice: [
          "A range ends when its process exits. A thread, a timer, an open connection or a child " +
          "may keep it alive: close them, or exit at the end of the work.",
        ],
      }),
    ];
  }
  return [
    finding("note", {
      title: `It did not end by itself and was stopped after ${time}`,
      advice: [
        `If it needs more time, raise --timeout (--timeout 5m)${
          fewer(range)
        }. A worker must exit ` +
        "when its items are done: otherwise its range never ends.",
      ],
    }),
  ];
}

function fewer({ items, totalItems }: Observation["range"]): string {
  if (items !== undefined || totalItems === undefined) return "";
  return ` or give it fewer items (-n ${Math.max(2, Math.floor(totalItems / 10))})`;
}

/** Checks whether the worker ended when it was asked to. */
export function findStopTest({ stop }: Observation): Finding[] {
  switch (stop.kind) {
    case "ended": {
      const title = `Asked to end (SIGTERM), it ended after ${formatTime(stop.afterMs)}`;
      return [finding("ok", { title })];
    }
    case "outlasted":
      return [ignoring(`it went on and ended by itself, after ${formatTime(stop.afterMs)}`)];
    case "killed":
      return [ignoring(`it had to be killed after ${formatTime(stop.gracePeriod)}`)];
    case "missed":
      return [
        finding("note", {
          title:
            "It ended by itself before it was asked to, so this was not tested: whether it ends " +
            "when asked to",
        }),
      ];
    case "skipped":
      return [];
  }
}

const EXIT_CODE: readonly Advice[] = code(
  "sh      trap 'exit 143' TERM  # not: trap '' TERM",
  "Python  signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))",
  'Node    process.on("SIGTERM", () => process.exit(143));',
);

function ignoring(what: string): Finding {
  return finding("problem", {
    title: `Asked to end (SIGTERM), ${what}`,
    advice: [
      "Ctrl-C and time-outs ask each worker, and its children, to end. A worker that ignores that " +
      "delays the run by its whole grace period, and is then killed in the middle of its work. Do " +
      "not handle the signal, or clean up and exit:",
      ...EXIT_CODE,
      "If it only needs more time, raise --grace-period (2s here, 10s in a run).",
    ],
  });
}
