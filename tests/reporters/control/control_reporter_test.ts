// When a run opens its socket, and that it removes it however it ends.
import { assert, assertEquals } from "@std/assert";
import type { RunEvent, RunHandle } from "@lambdawaker/executor";
import { INITIAL_STATE } from "@lambdawaker/executor/events";
import { ControlReporter } from "../../../src/reporters/control/control_reporter.ts";
import { liveRuns } from "../../../src/reporters/control/registration.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";

const HANDLE = { state: INITIAL_STATE } as RunHandle;

/** Makes a reporter that got the first event of a run, and what tells whether the run can be reached. */
function begin(): { reporter: ControlReporter; clock: FakeClock; isLive: () => Promise<boolean> } {
  const runId = crypto.randomUUID();
  const clock = new FakeClock();
  const reporter = new ControlReporter({ name: "it", title: "it", warn: () => {}, clock });
  reporter.control(HANDLE);
  const started: RunEvent = {
    ...{ v: 2, t: 0, kind: "run-started", runId, totalItems: 1, ranges: 1, numWorkers: 1 },
    ...{ maxRetries: 0, retryFrom: "start" },
  };
  reporter.report(started);
  const isLive = async () => (await liveRuns()).some((run) => run.runId === runId);
  return { reporter, clock, isLive };
}

const SPAWNED: RunEvent = {
  ...{ v: 2, t: 0, kind: "spawned", worker: 0, range: 0, attempt: 1, pid: 1, argv: ["true"] },
};

Deno.test("the socket is opened a moment after the first worker has started", async () => {
  const { reporter, clock, isLive } = begin();
  await clock.advance(500);
  reporter.report(SPAWNED);
  await clock.advance(49);
  assert(!await isLive());
  await clock.advance(1);
  await reporter.settled;
  assert(await isLive());
  await reporter.close();
  assert(!await isLive());
});

Deno.test("the socket is opened after a second, if no worker starts", async () => {
  const { reporter, clock, isLive } = begin();
  await clock.advance(999);
  assert(!await isLive());
  await clock.advance(1);
  await reporter.settled;
  assert(await isLive());
  // As at the third Ctrl-C.
  reporter.abandon();
  assert(!await isLive());
});

Deno.test("a run that is over sooner opens none", async () => {
  for (const end of ["close", "abandon"] as const) {
    const { reporter, clock, isLive } = begin();
    reporter.report(SPAWNED);
    await clock.advance(20);
    await reporter[end]();
    await clock.advance(10_000);
    assert(!await isLive());
    assertEquals(reporter.wantsUsage, false);
  }
});

Deno.test("a run that ends while the socket is being opened leaves none", async () => {
  for (const end of ["close", "abandon"] as const) {
    const { reporter, clock, isLive } = begin();
    reporter.report(SPAWNED);
    const opening = clock.advance(50);
    const ending = reporter[end]();
    await opening;
    await ending;
    await reporter.settled;
    assert(!await isLive());
  }
});
