/**
 * What is to be said of a worker that was asked to end.
 *
 * @module
 */
import { type Advice, code, type Finding, finding, formatTime } from "./finding.ts";
import type { Observation } from "./observation.ts";

/** One that did not end by itself. */
export function findStopped(seen: Observation): Finding[] {
  const { stopped, range, durationMs, stdout: { progress, said } } = seen;
  if (stopped !== "timeout") {
    return [
      finding("note", { title: `You ended it (${stopped}): this is what was seen until then` }),
    ];
  }
  const time = formatTime(durationMs);
  const isThrough = progress?.last === range.endIndex - range.startIndex || said !== undefined;
  if (isThrough) {
    return [
      finding("problem", {
        title: `It said that it was through, but did not exit: it was stopped after ${time}`,
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
        "If it needs more time, give it that (--timeout 5m) or fewer items " +
        `(-n ${Math.max(2, Math.floor(range.totalItems / 10))}). If it never ends, neither does ` +
        "its range: a worker must exit when its items are done.",
      ],
    }),
  ];
}

/** Whether it ends when it is asked to. */
export function findStopTest({ stop }: Observation): Finding[] {
  switch (stop.kind) {
    case "ended": {
      const title = `Asked to end (SIGTERM), it ended after ${formatTime(stop.afterMs)}`;
      return [finding("ok", { title })];
    }
    case "outlasted":
      return [ignoring(`it worked on to its own end, for ${formatTime(stop.afterMs)}`)];
    case "killed":
      return [ignoring(`it had to be killed after ${formatTime(stop.gracePeriod)}`)];
    case "missed":
      return [
        finding("note", {
          title:
            "It ended by itself before it was asked to: so it was not tested whether it does " +
            "when asked",
        }),
      ];
    case "skipped":
      return [];
  }
}

const HOW_TO_END: readonly Advice[] = code(
  "sh      trap 'exit 143' TERM  # not: trap '' TERM",
  "Python  signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))",
  'Node    process.on("SIGTERM", () => process.exit(143));',
);

function ignoring(what: string): Finding {
  return finding("problem", {
    title: `Asked to end (SIGTERM), ${what}`,
    advice: [
      "Ctrl-C and time-outs ask each worker, and its children, to end. One that ignores that holds " +
      "the run up for its whole grace period, and is then killed in the middle of its work. Leave " +
      "the signal alone, or clean up and exit:",
      ...HOW_TO_END,
      "If it only needs longer, give it that: --grace-period (2s here, 10s in a run).",
    ],
  });
}
