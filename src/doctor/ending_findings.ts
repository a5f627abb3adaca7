/**
 * Findings on the end of a worker: status, exit code, signal, processes left behind.
 *
 * @module
 */
import { isDone, isFailed } from "../model/statuses.ts";
import { causeText } from "../reporters/wording.ts";
import { type Finding, finding, printedLines, sentence } from "./finding.ts";
import type { Observation } from "./observation.ts";
import { findStopped } from "./stop_findings.ts";

/** Checks how the worker ended and what its range became. */
export function findEnding(seen: Observation): Finding[] {
  const { exit, cause, stopped, stdout: { reportedStatus } } = seen;
  if (isUnstarted(seen)) {
    const why = causeText(cause ?? { kind: "stopped" });
    return [finding("problem", { title: `It could not be started: ${why}` })];
  }
  if (stopped !== undefined) return findStopped(seen);
  if (exit === undefined) {
    return [finding("problem", { title: "It could not be ended: it did not exit when killed" })];
  }
  if (exit.kind === "signaled") return findKilled(seen, exit.signal);
  if (exit.kind !== "exited") return [finding("problem", { title: exit.reason })];
  if (exit.code !== 0) return findExitCode(seen, exit.code);
  if (reportedStatus !== undefined && isFailed(reportedStatus)) {
    return [
      finding("problem", {
        title: `It reported ${reportedStatus} and exited with 0: its range is ${reportedStatus}`,
        advice: ["The reported status counts more than exit code 0.", ...lastLogLines(seen)],
      }),
    ];
  }
  return [endedWell(reportedStatus)];
}

/** Returns whether there was no process. */
export function isUnstarted({ stop }: Observation): boolean {
  return stop.kind === "skipped" && stop.why === "no process";
}

function endedWell(status: Observation["stdout"]["reportedStatus"]): Finding {
  if (status !== undefined) {
    const title = `It reported ${status} and exited with 0: its range is ${status}`;
    return finding("ok", { title });
  }
  return finding("ok", {
    title: "It exited with 0 and reported no status: its range is SUCCESS",
  });
}

function findExitCode(seen: Observation, code: number): Finding[] {
  const { reportedStatus } = seen.stdout;
  const advice = [...explainCode(code), ...lastLogLines(seen)];
  if (reportedStatus !== undefined && isDone(reportedStatus)) {
    return [
      finding("problem", {
        title: `It reported ${reportedStatus}, but exited with code ${code}: its range is FAILED`,
        advice: [
          `Print STATUS: ${reportedStatus} last of all, when nothing can fail any more, and exit ` +
          "with 0.",
          ...advice,
        ],
      }),
    ];
  }
  const title = reportedStatus !== undefined && isFailed(reportedStatus)
    ? `It reported ${reportedStatus} and exited with code ${code}: its range is ${reportedStatus}`
    : `It exited with code ${code}: its range is FAILED`;
  const meaning = code === 127 ? [] : [
    "If the work went well, it must exit with 0. With --retries, a run tries it again.",
  ];
  return [finding("problem", { title, advice: [...advice, ...meaning] })];
}

/** Explains an exit code, by the convention of shells. */
function explainCode(code: number): string[] {
  if (code === 127) {
    return ["A shell or env exits with 127 if it does not find the command: is it on PATH?"];
  }
  if (code === 126) {
    return ["A shell or env exits with 126 if the file cannot be executed: try chmod +x."];
  }
  if (code > 128 && code < 128 + 65) {
    return [
      `A shell exits with ${code} if signal ${code - 128} ended its program (kill -l ${
        code - 128
      } names it).`,
    ];
  }
  return [];
}

const SIGNALS: Record<string, string> = {
  SIGKILL:
    "The executor did not send it. The system sends it when memory runs out: look into dmesg, " +
    "and try fewer items or fewer workers.",
  SIGSEGV: "The program, or a library in it, accessed memory that is not its own.",
  SIGABRT: "The program aborted itself: a failed assertion, or an error that was not caught.",
  SIGPIPE: "It wrote to a pipe that nobody reads. It made that pipe itself: the executor reads " +
    "its stdout and stderr.",
  SIGTERM: "The executor did not send it: another program did, or the worker itself.",
};

function findKilled(seen: Observation, signal: string): Finding[] {
  const advice = SIGNALS[signal];
  return [
    finding("problem", {
      title: `It was ended by ${signal}: its range is CRASHED`,
      advice: [...(advice === undefined ? [] : [advice]), ...lastLogLines(seen)],
    }),
  ];
}

/** Quotes the last log lines, which often name the error. */
export function lastLogLines({ log }: Observation) {
  return log.length === 0 ? [] : ["Its last log lines:", ...printedLines(...log)];
}

/** Checks whether the worker left processes behind. */
export function findLeaks({ leaked }: Observation): Finding[] {
  if (!leaked) return [];
  return [
    finding("problem", {
      title: "It left processes behind when it exited",
      advice: [
        "Those of its process group were ended, as in any run. A worker must wait for the " +
        "processes that it starts: wait for it (sh: wait; Python: process.wait(); Node: await its " +
        "exit). Start a daemon that is meant to stay before the run.",
      ],
    }),
  ];
}

/** Shows what a run would warn of, such as processes that the worker left elsewhere. */
export function findWarnings({ warnings }: Observation): Finding[] {
  if (warnings.length === 0) return [];
  const advice = warnings.map(sentence);
  return [finding("note", { title: "A run would warn of this", advice })];
}
