// The handle on a run of another process: connect() of `@lambdawaker/executor/control`.
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ConfigError, type RunEvent, type RunState } from "@lambdawaker/executor";
import { RemoteRun } from "../../../src/reporters/control/remote_run.ts";
import { ControlError } from "../../../src/reporters/control/run_connection.ts";
import { ControlPlace } from "../../helpers/control.ts";
import { until } from "../../helpers/processes.ts";

const SLEEPS = ["-n", "6", "-c", "1", "-w", "2", "--", "sleep", "60"];

Deno.test("a handle on a run elsewhere has its state, its verbs and its summary", async () => {
  await using place = new ControlPlace();
  const { live, child } = await place.start(SLEEPS);
  const events: RunEvent[] = [];
  let isClosed = false;
  await using run = await RemoteRun.open(live.socket, [{
    report: (event) => events.push(event),
    close: async () => {
      await Promise.resolve();
      isClosed = true;
    },
  }, {
    report: () => {
      throw new Error("a reporter that fails is dropped");
    },
  }]);
  assertEquals([run.info.name, run.info.pid, run.state.numWorkers], ["it", child.pid, 2]);
  assertEquals(events[0]!.kind, "run-started");
  const sees = (what: (state: RunState) => boolean) => until(() => what(run.state), `${what}`);
  run.pause();
  await sees(({ isPaused }) => isPaused);
  run.continue();
  await sees(({ isPaused }) => !isPaused);
  run.setWorkers(4);
  await sees(({ numWorkers }) => numWorkers === 4);
  run.cancel(0);
  run.cancel({ item: 1 });
  await sees(({ counts }) => counts.FAILED === 2);
  run.drain();
  await sees(({ stopping }) => stopping?.how === "drain");
  run.stop("kill");
  const summary = await run.summary;
  assertEquals([summary.counts.FAILED, summary.stoppedBy, summary.exitCode], [2, {
    kind: "request",
  }, 1]);
  assertEquals(summary.runId, run.info.runId);
  assertEquals([isClosed, events.at(-1)!.kind], [true, "run-ended"]);
  assertEquals((await child.status).code, 1);
  // Calls after the end change nothing.
  run.pause();
});

Deno.test("a handle checks its arguments, and its summary rejects if the connection ends", async () => {
  await using place = new ControlPlace();
  const { live } = await place.start(SLEEPS);
  await using run = await RemoteRun.open(live.socket);
  assertThrows(() => run.setWorkers(0), ConfigError, "count must be a positive integer");
  assertThrows(() => run.cancel(-1), ConfigError, "range must be a non-negative integer");
  assertThrows(() => run.stop("now" as "stop"), ConfigError, 'how must be "stop" or "kill"');
  run.close();
  await assertRejects(
    () => run.summary,
    ControlError,
    "the connection to the run it has ended before the run",
  );
  assert(await place.find("it") !== undefined);
});

Deno.test("connect() finds a run by the beginning of its name, and runs() lists it", async () => {
  await using place = new ControlPlace();
  await place.start(SLEEPS, { name: "alpha" });
  await place.start(SLEEPS, { name: "albert" });
  const script = `import { connect, ControlError, runs } from "@lambdawaker/executor/control";
    console.log((await runs()).map(({ name }) => name).join());
    for (const id of ["al", "x"]) await connect(id).catch((error) => console.log(error instanceof ControlError, error.message));
    await using run = await connect("alp");
    run.stop();
    console.log((await run.summary).stoppedBy.kind);`;
  const path = `${place.folder}/script.ts`;
  Deno.writeTextFileSync(path, script);
  const config = new URL("../../../deno.json", import.meta.url).pathname;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--config", config, path],
    env: place.env,
  }).output();
  assertEquals(new TextDecoder().decode(stdout).trimEnd().split("\n"), [
    "albert,alpha",
    'true "al" may be several runs: albert, alpha',
    'true no run "x" goes on: there are albert, alpha',
    "request",
  ], new TextDecoder().decode(stderr));
});
