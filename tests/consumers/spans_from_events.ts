// Makes a span of each attempt, as a tracing library wants them.
import { type RunEvent, SubprocessExecutor } from "@lambdawaker/executor";
import type { AttemptRef, AttemptStartedEvent } from "@lambdawaker/executor/events";

interface Span {
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Readonly<Record<string, string | number>>;
}

const spans: Span[] = [];
const open = new Map<string, AttemptStartedEvent>();
const key = ({ range, attempt }: AttemptRef) => `${range}.${attempt}`;
const report = (event: RunEvent): void => {
  if (event.kind === "attempt-started") open.set(key(event), event);
  if (event.kind !== "attempt-ended") return;
  const started = open.get(key(event));
  if (started === undefined) return;
  open.delete(key(event));
  spans.push({
    name: `range ${event.range}`,
    startedAt: started.t,
    endedAt: event.t,
    attributes: {
      worker: event.worker,
      status: event.status,
      ...(event.cause?.kind === "exit" ? { code: event.cause.code } : {}),
    },
  });
};

const executor = new SubprocessExecutor(
  { totalItems: 2, chunkSize: 1, numWorkers: 1, maxRetries: 1, retryDelay: 0 },
  ({ attempt, extraData: { range } }) => ["sh", "-c", `exit ${range === 1 ? attempt + 1 : 0}`],
);
await executor.run({ report });
console.log(
  spans.map(({ name, attributes }) => `${name} ${attributes.status} ${attributes.code ?? 0}`),
);
console.log(spans.every(({ startedAt, endedAt }) => startedAt <= endedAt), open.size);
