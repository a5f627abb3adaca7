// Ranges that resident workers are sent ahead: how many, and what becomes of them.
import type { RunHandle, TaskConfig } from "@lambdawaker/executor";
import { assert, assertEquals } from "@std/assert";
import { depthOf } from "../../../src/engine/resident/read_ahead.ts";
import { Random } from "../../helpers/random.ts";
import { type JobResult, ofKind, runJob } from "../../helpers/run_job.ts";

Deno.test("the depth is worth some milliseconds of work, and leaves ranges for other workers", () => {
  const random = new Random(1);
  for (let round = 0; round < 2_000; round++) {
    const meanMs = random.integer(20_000) / 100;
    const [left, workers] = [random.integer(200), 1 + random.integer(16)];
    const depth = depthOf({ meanMs, left, workers });
    assert(Number.isInteger(depth) && depth >= 0 && depth <= 64, `${depth}`);
    assert(depth * workers <= left, "there are enough for all workers");
    if (meanMs > 10) assert(depth <= 1, `${depth} of ${meanMs} ms`);
    else assert(depth * meanMs <= 10, `${depth} of ${meanMs} ms`);
    if (meanMs > 100) assertEquals(depth, 0);
    if (left < workers) assertEquals(depth, 0, "the last ranges wait behind none");
  }
  assertEquals(depthOf({ meanMs: undefined, left: 1_000, workers: 1 }), 0);
  assertEquals(depthOf({ meanMs: 0, left: 1_000, workers: 1 }), 64);
});

/**
 * A worker in Python that waits at its range 20 until it has been sent the next one, and then does what the script says, with
 * `ids` of the orders that it has read. It writes what it has read of each range to the folder.
 */
const WORKER = `
import os, re, sys, time, signal
folder, script = sys.argv[1], sys.argv[2]
data = b""
def read():
    global data
    more = os.read(0, 65536)
    data += more
    return more
def answer(id, name="SUCCESS"):
    os.write(1, f"STATUS: {name} {id}\\n".encode())
orders = re.compile(rb"RANGE: (\\d+) (\\d+) (\\d+)\\nGO: \\d+\\n")
while True:
    match = orders.match(data)
    if match is None:
        if not read(): break
        continue
    id, start, end = map(int, match.groups())
    if start == 20 and not os.path.exists(folder + "/done"):
        open(folder + "/done", "w")
        while len(orders.findall(data)) < 2 and read(): pass
        ids = [int(found[0]) for found in orders.findall(data)]
        open(folder + "/ahead", "w").write(str(len(ids) - 1))
        exec(script)
        data = data[match.end():]
        continue
    data = data[match.end():]
    answer(id)
`;

interface AheadResult extends JobResult {
  /** The number of ranges that the worker had been sent ahead. */
  readonly ahead: number;
}

/** Runs the worker; `atWork` is called when it has reported progress at its range 20. */
async function runAhead(
  script: string,
  config: Partial<TaskConfig> = {},
  atWork: (run: RunHandle) => void = () => {},
): Promise<AheadResult> {
  const folder = await Deno.makeTempDir();
  let handle: RunHandle | undefined;
  const result = await runJob(
    {
      totalItems: 100,
      chunkSize: 1,
      numWorkers: 1,
      resident: true,
      retryDelay: 1,
      gracePeriod: 500,
      ...config,
    },
    () => ["python3", "-c", WORKER, folder, script],
    {
      onControl: (run) => void (handle = run),
      onEvent: ({ kind }) => kind === "progress" && atWork(handle!),
    },
  );
  const ahead = Number(await Deno.readTextFile(`${folder}/ahead`));
  await Deno.remove(folder, { recursive: true });
  assert(ahead >= 1, `${ahead} ranges ahead`);
  return { ...result, ahead };
}

/** Checks that each range has begun and ended in turn, and that no worker has two. */
function assertTurns(result: JobResult): void {
  const open = new Map<number, number>();
  for (const event of result.events) {
    if (event.kind === "attempt-started") {
      assertEquals(open.get(event.worker), undefined);
      open.set(event.worker, event.range);
    } else if (event.kind === "attempt-ended") {
      assertEquals(open.get(event.worker), event.range);
      open.delete(event.worker);
    }
  }
  assertEquals(open.size, 0);
}

function begun(result: JobResult): number[] {
  return ofKind(result, "attempt-started").map(({ range }) => range);
}

/** Returns the limit that ends a worker which does nothing; no limit for a worker that ends by itself. */
function limitFor(cause: string): Partial<TaskConfig> {
  if (cause === "stall") return { stallTimeout: 1_500 };
  return cause === "timeout" ? { timeout: 1_500 } : {};
}

const EXITS = {
  "exit 0": ["os._exit(0)", "exit"],
  "exit 3": ["os._exit(3)", "exit"],
  "SIGKILL": ["os.kill(os.getpid(), signal.SIGKILL)", "signal"],
  "a stall": ["print('PROGRESS: 0', flush=True); time.sleep(60)", "stall"],
  "a time-out": ["time.sleep(60)", "timeout"],
} as const;

for (const [name, [script, cause]] of Object.entries(EXITS)) {
  Deno.test(`${name} with ranges ahead fails the range at work, and charges none of the others`, async () => {
    const limit = limitFor(cause);
    const result = await runAhead(script, limit);
    assertTurns(result);
    assertEquals(result.summary.failures.map(({ range, cause }) => [range, cause.kind]), [
      [20, cause],
    ]);
    assertEquals(result.summary.counts.SUCCESS, 99);
    assertEquals(result.summary.attempts, 100);
    assertEquals(begun(result).toSorted((a, b) => a - b), Array.from({ length: 100 }, (_, i) => i));
    assertEquals(ofKind(result, "spawned").length, 2);
  });

  Deno.test(`${name} with ranges ahead, and a retry`, async () => {
    const limit = limitFor(cause);
    const result = await runAhead(script, { maxRetries: 1, ...limit });
    assertTurns(result);
    assertEquals([result.summary.counts.SUCCESS, result.summary.attempts], [100, 101]);
  });
}

Deno.test("an end after the first of two answers fails the range that comes next, and no other one", async () => {
  const result = await runAhead("answer(ids[0]); os._exit(0)");
  assertTurns(result);
  assertEquals(result.summary.failures.map(({ range }) => range), [21]);
  assertEquals(result.summary.counts.SUCCESS, 99);
});

Deno.test("answers to ranges ahead count, though the process has exited", async () => {
  const result = await runAhead(
    "os.write(1, b''.join(f'of {id}\\nSTATUS: SUCCESS {id}\\n'.encode() for id in ids)); os._exit(0)",
  );
  assertTurns(result);
  const { ahead, summary } = result;
  assertEquals(summary.counts.SUCCESS + summary.failures.length, 100);
  // The others may have been sent meanwhile; the first of them fails.
  assert(
    summary.failures.every(({ range }) => range > 20 + ahead),
    JSON.stringify(summary.failures),
  );
  const lines = ofKind(result, "log").map(({ range, lines }) => [range, lines]);
  assertEquals(lines, Array.from({ length: ahead + 1 }, (_, i) => [20 + i, [`of ${21 + i}`]]));
});

Deno.test("a range that failed is tried again after those that were sent ahead", async () => {
  const result = await runAhead("answer(id, 'FAILED')", { maxRetries: 1 });
  assertTurns(result);
  const { ahead, summary, state } = result;
  assertEquals([summary.counts.SUCCESS, summary.retries, summary.attempts], [100, 1, 101]);
  assertEquals([state.pending, state.postponed], [0, []]);
  const order = begun(result);
  assert(order.lastIndexOf(20) - order.indexOf(20) > ahead, `${order}`);
  assertEquals(ofKind(result, "spawned").length, 1);
});

Deno.test("a range that fails for good does not hold up those that were sent ahead", async () => {
  const result = await runAhead("answer(id, 'FAILED')");
  assertTurns(result);
  assertEquals(result.summary.failures.map(({ range }) => range), [20]);
  assertEquals(result.summary.counts.SUCCESS, 99);
});

Deno.test("a worker that answers a range ahead first is ended at once, and the range at work has crashed", async () => {
  const result = await runAhead("answer(ids[1]); time.sleep(60)", { runTimeout: 30_000 });
  assertTurns(result);
  const [failure, ...others] = result.summary.failures;
  assertEquals([failure?.range, failure?.cause, others], [20, {
    kind: "fault",
    message: "the resident worker answered range 22 of its process before range 21: " +
      "it must answer in the order in which it is sent ranges",
  }, []]);
  assertEquals(result.summary.counts.SUCCESS, 99);
});

for (const how of ["stop", "kill", "drain", "cancel", "pause"] as const) {
  Deno.test(`${how} with ranges ahead`, async () => {
    const script = how === "drain" || how === "pause"
      ? "print('PROGRESS: 0', flush=True); time.sleep(0.3); answer(id)"
      : "print('PROGRESS: 0', flush=True); time.sleep(60)";
    const result = await runAhead(script, {}, (run) => {
      if (how === "stop" || how === "kill") run.stop(how);
      else if (how === "drain") run.drain();
      else if (how === "cancel") run.cancel(20);
      else {
        run.pause();
        setTimeout(run.continue, 500);
      }
    });
    assertTurns(result);
    const { ahead, summary } = result;
    const { counts, failures, stopped } = summary;
    switch (how) {
      case "stop":
      case "kill":
        assertEquals([counts.SUCCESS, failures.length, stopped], [20, 0, 1]);
        // Those ahead have had no attempt.
        assertEquals([summary.attempts, result.state.pending], [21, 79]);
        break;
      case "drain":
        // The worker has them: it finishes them.
        assertEquals([failures.length, stopped], [0, 0]);
        // It may have been sent more than it had read.
        assert(
          counts.SUCCESS >= 21 + ahead && counts.SUCCESS < 90,
          `${counts.SUCCESS} of ${ahead}`,
        );
        break;
      case "cancel":
        assertEquals(failures.map(({ range, cause }) => [range, cause.kind]), [[20, "cancelled"]]);
        assertEquals(counts.SUCCESS, 99);
        break;
      case "pause":
        assertEquals(counts.SUCCESS, 100);
    }
  });
}

Deno.test("a range that is cancelled while it is ahead fails in its turn, and the one at work goes on", async () => {
  const result = await runAhead(
    "print('PROGRESS: 0', flush=True); time.sleep(0.2); answer(id); time.sleep(60)",
    {},
    (run) => run.cancel(21),
  );
  assertTurns(result);
  assertEquals(result.summary.failures.map(({ range, cause }) => [range, cause.kind]), [
    [21, "cancelled"],
  ]);
  assertEquals(result.summary.counts.SUCCESS, 99);
});

Deno.test("a lifespan bounds what is sent ahead", async () => {
  const result = await runAhead("answer(id)", { lifespan: 24 });
  assertEquals(result.summary.counts.SUCCESS, 100);
  assert(result.ahead <= 3, `${result.ahead} ranges ahead`);
  assertEquals(ofKind(result, "spawned").length, 5);
});

Deno.test("answers behind a carriage return count, though several come at once", async () => {
  const result = await runAhead(
    "os.write(1, b''.join(f'50%\\rSTATUS: SUCCESS {id}\\n'.encode() for id in ids)); data = orders.sub(b'', data); match = re.match(b'', data)",
    { runTimeout: 30_000 },
  );
  assertTurns(result);
  assertEquals([result.summary.counts.SUCCESS, result.summary.warnings], [100, []]);
});
