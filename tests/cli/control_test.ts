// The commands that ask runs and tell them what to do, with real runs.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readJournal } from "@lambdawaker/executor/journal";
import { register } from "../../src/reporters/control/registration.ts";
import { cliCommandLine } from "../helpers/cli.ts";
import { ControlPlace } from "../helpers/control.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { signalIfThere, until } from "../helpers/processes.ts";

const SLEEPS = ["-n", "6", "-c", "1", "-w", "2", "--", "sleep", "60"];

Deno.test("each verb has its effect, and the journal tells of it", async () => {
  await using place = new ControlPlace();
  const journal = `${place.folder}/run.jsonl`;
  const { child } = await place.start(["--journal", journal, ...SLEEPS]);
  const said = async (...args: string[]) => {
    const { code, stdout, stderr } = await place.cli(...args);
    assertEquals([code, stderr], [0, ""]);
    return stdout;
  };
  assertEquals(await said("pause", "it"), "it: is paused; 2 ranges running\n");
  assertStringIncludes(await said("status"), "it (sleep) is paused\n0 of 6 items done (0%)");
  assertEquals(await said("continue"), "it: goes on\n");
  assertEquals(await said("scale", "i", "3"), "it: 3 workers\n");
  assertEquals(await said("scale", "20"), "it: 6 workers: it has no ranges for more\n");
  assertEquals(await said("cancel", "4"), "it: 4 is cancelled: its worker ends\n");
  assertEquals(
    await said("wait", "--until", "failed"),
    "it: failed (0 of 6 items done, 1 failed)\n",
  );
  assertEquals(await said("drain"), "it: starts no more ranges; 5 ranges running\n");
  assertStringIncludes(await said("status"), "it (sleep) is draining: stopped by request\n");
  assertEquals(await said("scale", "9"), "it: 6 workers: it starts no more ranges\n");
  assertEquals(await said("continue"), "it: starts no more ranges: it is ending\n");
  assertEquals(await said("stop"), "it: stops\n");
  assertEquals((await child.status).signal, "SIGTERM");
  const kinds = Array.from(readJournal(journal), ({ kind }) => kind)
    .filter((kind) => /^(run-|cancel-|pool-)/.test(kind));
  assertEquals(kinds, [
    ...["run-started", "run-paused", "run-unpaused", "pool-resized", "pool-resized"],
    ...["cancel-requested", "run-stopping", "run-stopping", "run-ended"],
  ]);
});

Deno.test("scale says what allows no more workers", async () => {
  await using place = new ControlPlace();
  await place.start(["--gpus", "2", ...SLEEPS]);
  const { stdout } = await place.cli("scale", "5");
  assertEquals(
    stdout,
    "it: 2 workers: its GPUs, its processors or its launcher allow no more now\n",
  );
});

Deno.test("cancel says whether an item is at work, is cancelled or is not known", async () => {
  await using place = new ControlPlace();
  await place.start([
    ...["-w", "2", "--retries", "3", "--retry-delay", "1h", "--", "sh", "-c"],
    'test "$0" != later && exec sleep 60',
    ...[":::", "now", "later", "last"],
  ]);
  await place.cli("wait", "it", "--until", "workers=1 and retries=1 or stalled>=1s");
  const said = async (item: string) => (await place.cli("cancel", item)).stdout;
  assertEquals(await said("now"), "it: now is cancelled: its worker ends\n");
  assertEquals(await said("later"), "it: later is cancelled\n");
  await place.cli("wait", "it", "--until", "failed>=2");
  assertEquals(await said("later"), "it: later is cancelled\n");
  const unknown = "if it is an item that has not ended, it is cancelled when its turn comes";
  assertEquals(await said("nope"), `it: no worker is at nope: ${unknown}\n`);
  assertEquals(await said("no\x1b]0;title\x07pe"), `it: no worker is at nope: ${unknown}\n`);
});

Deno.test("runs are found by name, id, and the beginning of either; several are listed", async () => {
  await using place = new ControlPlace();
  const first = await place.start(SLEEPS, { name: "alpha" });
  await place.start(SLEEPS, { name: "albert" });
  const failure = async (...args: string[]) => {
    const { code, stderr } = await place.cli(...args);
    assertEquals(code, 2);
    return stderr.split("\n")[0];
  };
  assertEquals(
    await failure("status"),
    "executor: several runs go on, name one of them: albert, alpha",
  );
  assertEquals(
    await failure("stop", "al"),
    'executor: "al" may be several runs, name one of them: albert, alpha',
  );
  assertEquals(
    await failure("pause", "x"),
    'executor: there is no run "x": there are albert, alpha',
  );
  assertEquals(
    await failure("pause", "a", "b"),
    'executor: "b" is one word too many: leave it out, as in executor pause amber-fox',
  );
  assertEquals(
    await failure("scale", "a", "b"),
    'executor: the number of workers must be a positive integer: current value is "b"',
  );
  assertEquals(
    await failure("scale"),
    "executor: executor scale needs the count, as in executor scale amber-fox 16",
  );
  for (const word of ["alp", "alpha", first.live.runId, first.live.runId.slice(0, 8)]) {
    const { stdout } = await place.cli("status", word, "--json");
    assertEquals(JSON.parse(stdout).runId, first.live.runId);
  }
  first.child.kill("SIGTERM");
  await first.child.status;
  assertEquals(await failure("stop", "alpha"), 'executor: the run "alpha" has ended');
  assertStringIncludes(
    (await place.cli("status", "alpha")).stdout,
    "alpha (sleep) is stopped: stopped by SIGTERM\n",
  );
  assertStringIncludes((await place.cli("status")).stdout, "albert (sleep) is running\n");
});

Deno.test("ls lists what goes on and what has ended, also what was killed", async () => {
  await using place = new ControlPlace();
  assertEquals((await place.cli("ls")).stdout, "no run goes on, and none has left a record\n");
  await place.cli("run", "--name", "bad", "--", "sh", "-c", "exit {}", ":::", "0", "3");
  const { child } = await place.start(SLEEPS, { name: "gone" });
  await place.start(["--title", "a \x1b[31mtitle", ...SLEEPS], { name: "here" });
  child.kill("SIGKILL");
  await child.status;
  const { stdout } = await place.cli("ls");
  const rows = stdout.trimEnd().split("\n").map((row) => row.split(/ {2,}/));
  assertEquals(
    rows.map(([name, status, done, failed, , title]) => [name, status, done, failed, title]),
    [
      ["NAME", "STATUS", "DONE", "FAILED", "TITLE"],
      ["here", "running", "0/6 0%", "0", "a title"],
      ["gone", "killed", "0/6 0%", "0", "sleep"],
      ["bad", "failed", "1/2 50%", "1", "sh"],
    ],
  );
  const statuses = JSON.parse((await place.cli("ls", "--json")).stdout);
  assertEquals(statuses.map((one: { status: string }) => one.status), [
    "running",
    "killed",
    "failed",
  ]);
  const { stdout: gone } = await place.cli("status", "gone");
  assertMatch(
    gone,
    /^gone \(sleep\) is killed\n[^]*to run again what was not done: .* resume .*\.jsonl\n$/,
  );
});

Deno.test("a run without a name gets two words, and status has twenty lines at most", async () => {
  await using place = new ControlPlace();
  const script = "echo MESSAGE: $0; test $0 -lt 3 || exit 1; sleep 60";
  const numbers = Array.from({ length: 30 }, (_, index) => `${29 - index}`);
  place.spawn(["run", "-w", "3", "--", "sh", "-c", script, "{item}", ":::", ...numbers]);
  await until(
    async () => (await place.cli("wait", "--until", "failed>=27")).code === 0,
    "most have failed",
  );
  const { stdout } = await place.cli("status");
  const lines = stdout.trimEnd().split("\n");
  assertMatch(lines[0]!, /^[a-z]+-[a-z]+ \(sh\) is running$/);
  assert(lines.length <= 20, stdout);
  // They are in the order of their ends.
  assertEquals(stdout.match(/^✗ FAILED item \d+ \(\d+\): exit code 1$/gm)?.length, 8, stdout);
  assertStringIncludes(stdout, "… and 19 more failures\n");
});

Deno.test("a second stop kills workers that do not end", async () => {
  await using place = new ControlPlace();
  const { child } = await place.start([
    "-n",
    "1",
    "--",
    "sh",
    "-c",
    "trap '' TERM; while :; do sleep 0.1; done",
  ]);
  await place.cli("stop");
  await until(async () => (await place.cli("status")).stdout.includes("is stopping"), "it stops");
  await place.cli("stop");
  assertEquals((await child.status).signal, "SIGTERM");
});

Deno.test("resume and report refuse a word that may be several runs", async () => {
  await using place = new ControlPlace();
  for (const name of ["alpha", "albert"]) {
    await place.cli("run", "--name", name, "-n", "1", "--", "false");
  }
  for (const verb of ["resume", "report"]) {
    const { code, stderr } = await place.cli(verb, "al");
    assertEquals(code, 2);
    assertStringIncludes(
      stderr,
      'executor: "al" may be several runs, name one of them: albert, alpha\n',
    );
  }
});

Deno.test("resume and report take the name of a run that left a record", async () => {
  await using place = new ControlPlace();
  const gate = `${place.folder}/gate`;
  await place.cli("run", "--name", "first", "--", "test", "-e", ":::", gate, "/");
  const failed = await place.cli("report", "first", "--format", "failed");
  assertEquals([failed.code, failed.stdout], [0, `${gate}\n`]);
  Deno.writeTextFileSync(gate, "");
  const { code, stdout, stderr } = await place.cli("resume", "fir");
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, "2 done (1 before) of 2 items");
  // A file of that name comes first.
  const none = await place.cli("report", "second");
  assertEquals(none.code, 2);
  assertStringIncludes(none.stderr, "the journal second cannot be read");
});

Deno.test("a run that ends while it is asked is known by its journal", async () => {
  await using place = new ControlPlace();
  const journal = `${place.folder}/run.jsonl`;
  const script = "echo last words; exit 3";
  await place.cli("run", "--name", "it", "--journal", journal, "-n", "1", "--", "sh", "-c", script);
  const [started] = readJournal(journal);
  assert(started?.kind === "run-started");
  const { runId } = started;
  for (
    const [args, text] of [
      [
        ["wait", "it", "--until", "stopping or failed"],
        "it: failed (0 of 1 item done, 1 failed)\n",
      ],
      [["status", "it"], "it (it) is failed\n"],
      [["logs", "it"], "range 0: last words\n"],
    ] as const
  ) {
    // A run that is over as soon as somebody connects.
    Deno.mkdirSync(place.sockets, { recursive: true, mode: 0o700 });
    const info = { runId, name: "it", title: "it", pid: 1, startedAt: 0, journal };
    const registration = register(place.sockets, info);
    using listener = Deno.listen({ transport: "unix", path: registration.socket });
    registration.announce();
    const asking = place.cli(...args);
    const connection = await listener.accept();
    registration.remove();
    connection.close();
    assertStringIncludes((await asking).stdout.replace("it (sh)", "it (it)"), text);
  }
});

Deno.test("a run that goes on and has no socket is not taken for one that is over", async () => {
  await using place = new ControlPlace();
  const run = place.spawn(["run", "--name", "it", ...SLEEPS], { env: { TMPDIR: "/dev/null" } });
  await until(
    async () => (await place.cli("status", "it")).code === 0,
    "its record has begun",
  );
  const why =
    `the run it goes on, and cannot be reached: it has no socket in ${place.sockets}, the folder of this TMPDIR`;
  const failure = async (...args: string[]) => {
    const { code, stdout, stderr } = await place.cli(...args);
    assertEquals(stdout, "");
    return [code, stderr.split("\n")[0]];
  };
  assertEquals(await failure("wait", "it"), [1, `executor: ${why}`]);
  assertEquals(await failure("logs", "-f", "it"), [1, `executor: ${why}`]);
  assertEquals(await failure("pause", "it"), [2, `executor: ${why}`]);
  // What its record tells can come true.
  assertEquals((await place.cli("wait", "it", "--until", "items=0")).code, 0);
  Deno.mkdirSync(place.sockets);
  Deno.chmodSync(place.sockets, 0o755);
  assertEquals(await failure("pause"), [
    2,
    `executor: no run goes on that can be reached (${place.sockets} can be opened by other users)`,
  ]);
  run.kill("SIGKILL");
  await run.status;
  assertEquals(await failure("wait", "it", "--until", "done or stalled>=1ms"), [
    3,
    "executor: it: the run was killed, and nothing of it came true (0 of 6 items done, 0 failed)",
  ]);
});

testWith("stop ends a run that was started to ignore SIGTERM", needs(LINUX), async () => {
  await using place = new ControlPlace();
  const deaf = ["--grace-period", "1h", "--", "sh", "-c", "trap '' TERM; sleep 60"];
  const { command, args } = cliCommandLine(["run", "--name", "it", "-n", "1", ...deaf]);
  const run = new Deno.Command("sh", {
    args: ["-c", `trap '' TERM; exec "$0" "$@"`, command, ...args],
    env: place.env,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await until(async () => await place.find("it") !== undefined, "the run can be reached");
    // The second one kills the worker, which ignores SIGTERM, too.
    for (let round = 0; round < 2; round++) {
      assertEquals((await place.cli("stop", "it")).stdout, "it: stops\n");
    }
    await until(async () => await place.find("it") === undefined, "the run has ended");
  } finally {
    signalIfThere(run, "SIGINT");
    await run.status;
  }
});
