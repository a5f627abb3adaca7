import { PatternProtocol } from "@lambdawaker/executor/protocol";
import {
  type RunEvent,
  SubprocessExecutor,
  type TaskConfig,
  TaskStatus,
} from "@lambdawaker/executor";
import { FakeClock } from "./fake_clock.ts";
import { FakeLauncher, type FakeScript } from "./fake_launcher.ts";
import type { Random } from "./random.ts";

function randomConfig(random: Random): TaskConfig {
  return {
    totalItems: random.integer(random.pick([3, 60])),
    numWorkers: 1 + random.integer(6),
    maxRetries: random.integer(4),
    retryDelay: { initial: random.integer(2), jitter: 0 },
    gracePeriod: 20,
    chunkSize: random.pick([undefined, 1 + random.integer(9)]),
    retryFrom: random.pick(["start", "checkpoint"]),
    strict: random.pick([true, false]),
    slowAfter: random.pick([undefined, 2]),
    protocol: random.pick([undefined, () => new PatternProtocol(/^(?<percent>\d+)%$/)]),
    stallTimeout: random.pick([undefined, 15]),
    runTimeout: random.pick([undefined, undefined, 30]),
    haltOn: random.pick([undefined, undefined, {
      failures: 1 + random.integer(3),
      how: random.pick(["drain", "kill"]),
    }]),
  };
}

function randomScript(random: Random): FakeScript {
  const line = () =>
    random.pick([
      () => `PROGRESS: ${random.integer(12)}`,
      () => `STATUS: ${random.pick(Object.values(TaskStatus))}`,
      () => `MESSAGE: ${random.integer(1000)}`,
      () => `${random.integer(110)}%`,
      () => `log ${random.integer(1000)}`,
      () => "PROGRESS: ?",
    ])();
  const exit = random.pick<FakeScript["exit"]>([
    { kind: "exited", code: 0 },
    { kind: "exited", code: 0 },
    { kind: "exited", code: 3 },
    { kind: "signaled", signal: "SIGSEGV" },
  ]);
  const hangs = random.integer(20) === 0;
  return {
    lines: Array.from({ length: random.integer(8) }, line),
    exit: hangs ? undefined : exit,
    ignoresSignals: random.pick([true, false]),
  };
}

/** Runs a random job with fake processes in the real executor, and returns its events. */
export async function randomEvents(
  random: Random,
  { ofItems = false }: { ofItems?: boolean } = {},
): Promise<{ events: RunEvent[]; config: TaskConfig }> {
  const { totalItems, ...others } = randomConfig(random);
  // Items may repeat.
  const items = Array.from({ length: totalItems! }, (_, index) => `${index % 50}`);
  const isolate = others.maxRetries! > 0 && random.pick([true, false]);
  const killSlow = isolate && others.slowAfter !== undefined;
  const config: TaskConfig = {
    ...others,
    isolate,
    killSlow,
    ...(ofItems ? { items } : { totalItems }),
  };
  // A process that hangs needs a limit to end.
  config.stallTimeout ??= config.runTimeout ?? 15;
  const events: RunEvent[] = [];
  const launcher = new FakeLauncher(() => randomScript(random));
  const clock = new FakeClock({ isOnlyClock: true });
  const executor = new SubprocessExecutor(config, () => ["x"], { launcher, clock });
  const control = new AbortController();
  const stopAfter = random.integer(10) === 0 ? random.integer(50) : Infinity;
  const report = (event: RunEvent) => {
    if (events.push(event) > stopAfter) control.abort();
  };
  let isOver = false;
  const running = executor.run({ report }, { signal: control.signal, handleSignals: false })
    .finally(() => isOver = true);
  while (!isOver) await clock.advance(5);
  await running;
  return { events, config };
}
