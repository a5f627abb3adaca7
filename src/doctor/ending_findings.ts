/**
 * What is to be said of how a worker ends.
 *
 * @module
 */
import { isDone, isFailed } from "../model/statuses.ts";
import { type Finding, finding, quote } from "./finding.ts";
import type { Observation } from "./observation.ts";
import { findStopped } from "./stop_findings.ts";

/** How it ended, and what that makes of its range. */
export function findEnding(seen: Observation): Finding[] {
  const { exit, stop, reason, stopped, stdout: { said } } = seen;
  if (stop.kind === "skipped" && stop.why === "no process") {
    return [finding("problem", { title: `It could not be started: ${reason ?? "stopped"}` })];
  }
  if (stopped !== undefined) return findStopped(seen);
  if (exit === undefined) {
    return [finding("problem", { title: "It could not be ended: the system does not let it go" })];
  }
  if (exit.kind === "signaled") return findKilled(seen, exit.signal);
  if (exit.kind !== "exited") return [finding("problem", { title: exit.reason })];
  if (exit.code !== 0) return findExitCode(seen, exit.code);
  if (said !== undefined && isFailed(said)) {
    return [
      finding("problem", {
        title: `It said ${said} and exited with 0: its range is ${said}`,
        advice: ["What it says counts more than the 0.", ...lastWords(seen)],
      }),
    ];
  }
  return [endedWell(said)];
}

function endedWell(said: Observation["stdout"]["said"]): Finding {
  if (said !== undefined) {
    return finding("ok", { title: `It said ${said} and exited with 0: its range is ${said}` });
  }
  return finding("ok", {
    title: "It exited with 0 and claimed nothing: its range is FINISHED",
    advice: [
      "That counts as done. STATUS: SUCCESS as its last word would say more: that it has seen its " +
      "work through.",
    ],
  });
}

function findExitCode(seen: Observation, code: number): Finding[] {
  const { said } = seen.stdout;
  const advice = [...explainCode(code), ...lastWords(seen)];
  if (said !== undefined && isDone(said)) {
    return [
      finding("problem", {
        title: `It said ${said}, but exited with code ${code}: its range is CRASHED`,
        advice: [
          `Let it say STATUS: ${said} last of all, when nothing can fail any more, and exit with 0.`,
          ...advice,
        ],
      }),
    ];
  }
  const title = said === "FAILED"
    ? `It said FAILED and exited with code ${code}: its range is FAILED`
    : `It exited with code ${code}: its range is CRASHED`;
  const meaning = said === "FAILED" || code === 127 ? [] : [
    "If the work went well, it must exit with 0. If it failed as it can be expected to, let it say " +
    "STATUS: FAILED before it exits. A run tries both again, with --retries.",
  ];
  return [finding("problem", { title, advice: [...advice, ...meaning] })];
}

/** What a code tells, by the custom of shells. */
function explainCode(code: number): string[] {
  if (code === 127) {
    return ["127 is what a shell or env says of a command that it does not find: is it on PATH?"];
  }
  if (code === 126) {
    return ["126 is what a shell or env says of a file that cannot be executed: try chmod +x."];
  }
  if (code > 128 && code < 128 + 65) {
    return [
      `${code} is what a shell says of a program that signal ${code - 128} ended (kill -l ${
        code - 128
      } names it).`,
    ];
  }
  return [];
}

const SIGNALS: Record<string, string> = {
  SIGKILL:
    "Nobody here sent it. It is what the system does when memory runs out: look into dmesg, " +
    "and try fewer items or fewer workers.",
  SIGSEGV: "The program, or a library in it, used memory that is not its own.",
  SIGABRT: "The program gave up by itself: a failed assertion, an error that nobody caught.",
  SIGPIPE: "It wrote into a pipe that nobody reads: one that it made itself, as this one is read.",
  SIGTERM: "The executor did not send it: something else did, or the worker itself.",
};

function findKilled(seen: Observation, signal: string): Finding[] {
  const advice = SIGNALS[signal];
  return [
    finding("problem", {
      title: `It was ended by ${signal}: its range is CRASHED`,
      advice: [...(advice === undefined ? [] : [advice]), ...lastWords(seen)],
    }),
  ];
}

/** What it logged last: most say there what went wrong. */
function lastWords({ log }: Observation) {
  return log.length === 0 ? [] : ["What it logged last:", ...quote(...log)];
}

/** Processes that it left behind. */
export function findLeaks({ leaked }: Observation): Finding[] {
  if (!leaked) return [];
  return [
    finding("problem", {
      title: "It left processes behind when it exited",
      advice: [
        "Those of its process group were ended, as in any run. What it starts must end before it does: wait for it (sh: wait; Python: process.wait(); " +
        "Node: await its exit). A daemon that is meant to stay is better started before the run.",
      ],
    }),
  ];
}
