/**
 * The reason for which a resident worker has never answered.
 *
 * @module
 */
import type { SupervisedEnd, SupervisedProcess } from "../supervised_process.ts";

/** What a worker has failed to do if it exits with 0 or hangs before its first answer. */
const DUTY = "it must take ranges from its stdin";

/** Says why a worker that has ended has never answered; undefined if it is not to blame for it. */
export function whyUnready(
  { exit, endedBy, readyTimeout }: {
    readonly exit: SupervisedEnd["exit"];
    readonly endedBy: SupervisedProcess["endedBy"];
    /** Milliseconds that it had until the first answer. */
    readonly readyTimeout: number;
  },
): string | undefined {
  if (endedBy !== undefined && endedBy.kind !== "timeout") return undefined;
  if (endedBy !== undefined) {
    const seconds = readyTimeout / 1000;
    return `the resident worker gave no answer in ${seconds} s: ${DUTY}`;
  }
  if (exit?.kind === "lost" || exit?.kind === "launch-failed") return undefined;
  const how = exit?.kind === "exited"
    ? `with exit code ${exit.code}`
    : exit?.kind === "signaled"
    ? `by ${exit.signal}`
    : "without an exit code";
  const isDone = exit?.kind === "exited" && exit.code === 0;
  return `the resident worker ended ${how} before its first answer${isDone ? `: ${DUTY}` : ""}`;
}
