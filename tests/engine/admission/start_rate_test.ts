// Rates and loads with real processes.
import { assert, assertEquals } from "@std/assert";
import { Admission } from "../../../src/engine/admission/admission.ts";
import { ThisMachine } from "../../../src/base/machine.ts";
import { LINUX, needs, testWith } from "../../helpers/needs.ts";
import { until } from "../../helpers/processes.ts";
import { ofKind, runJob } from "../../helpers/run_job.ts";
import { runResident } from "../../helpers/run_resident.ts";

/** Returns the shortest time in which `count + 1` attempts started, in milliseconds. */
function shortest(times: readonly number[], count: number): number {
  return Math.min(...times.slice(count).map((time, at) => time - times[at]!));
}

Deno.test("no time of the rate's length has more starts of processes, retries included", async () => {
  const result = await runJob(
    {
      ...{ totalItems: 5, chunkSize: 1, numWorkers: 5, maxRetries: 1, retryDelay: 0 },
      rate: { starts: 3, per: 600 },
    },
    ({ attempt }) => ["sh", "-c", `exit ${attempt === 1 ? 1 : 0}`],
  );
  assertEquals([result.summary.ok, result.summary.attempts], [true, 10]);
  const times = ofKind(result, "attempt-started").map(({ t }) => t);
  // An event may come a while after its attempt was let through.
  assert(shortest(times, 3) >= 300, `${times}`);
});

Deno.test("each range of a resident worker counts as a start", async () => {
  const result = await runResident("echo STATUS: SUCCESS $id", {
    ...{ totalItems: 5, chunkSize: 1 },
    rate: { starts: 2, per: 400 },
  });
  assertEquals([result.summary.ok, ofKind(result, "spawned").length], [true, 1]);
  const times = ofKind(result, "attempt-started").map(({ t }) => t);
  assert(shortest(times, 2) >= 200, `${times}`);
});

/** A process that always computes. */
function busy(): AsyncDisposable {
  const child = new Deno.Command("sh", { args: ["-c", "while :; do :; done"] }).spawn();
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

testWith("threads that compute are counted at once", needs(LINUX), async () => {
  const machine = new ThisMachine();
  await using stack = new AsyncDisposableStack();
  for (let each = 0; each < 4; each++) stack.use(busy());
  await until(() => machine.threads() >= 4, "four busy processes are counted");
});

testWith(
  "a start waits while too many threads run, and a stop ends the wait",
  needs(LINUX),
  async () => {
    await using _busy = busy();
    const stopping = new AbortController();
    const result = await runJob({ totalItems: 1, load: 1 }, () => ["true"], {
      signal: stopping.signal,
      onEvent: (event) => {
        if (event.kind === "starts-held") stopping.abort();
      },
    });
    const [held] = ofKind(result, "starts-held");
    assertEquals([held?.waitsFor.kind, result.summary.attempts], ["load", 0]);
  },
);

Deno.test("a load that is not reached holds nothing back", async () => {
  const { summary } = await runJob(
    { totalItems: 3, chunkSize: 1, load: "100000%" },
    () => ["true"],
  );
  assertEquals([summary.ok, summary.attempts], [true, 3]);
});

Deno.test("memory that is free holds nothing back", async () => {
  const { summary } = await runJob(
    { totalItems: 3, chunkSize: 1, memoryFree: 1 << 20 },
    () => ["true"],
  );
  assertEquals([summary.ok, summary.attempts], [true, 3]);
});

Deno.test("a resident worker waits for memory when its process starts, each time anew", async () => {
  const seen: boolean[] = [];
  const turn = Admission.prototype.turn;
  Admission.prototype.turn = function (request) {
    seen.push(request.isProcess);
    return turn.call(this, request);
  };
  try {
    await runResident("", { totalItems: 5, chunkSize: 1, lifespan: 2, memoryFree: 1 });
  } finally {
    Admission.prototype.turn = turn;
  }
  assertEquals(seen, [true, false, true, false, true]);
});
