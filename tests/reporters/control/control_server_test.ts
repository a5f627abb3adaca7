// The socket of a run: who can open it, what it answers, and that no client holds the run up.
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { reduce, type RunState } from "@lambdawaker/executor/events";
import type { RunEvent } from "@lambdawaker/executor";
import { readJournal } from "@lambdawaker/executor/journal";
import { ControlError, RunConnection } from "../../../src/reporters/control/run_connection.ts";
import { connectTo, ControlPlace } from "../../helpers/control.ts";
import { needs, ROOT, testWith } from "../../helpers/needs.ts";
import { until } from "../../helpers/processes.ts";

const SLEEPS = ["-n", "4", "-c", "1", "-w", "2", "--", "sleep", "60"];

/** Sends lines as they are, and returns all that comes until the run closes the connection. */
async function talk(path: string, text: string): Promise<string[]> {
  const connection = await Deno.connect({ transport: "unix", path });
  const writer = connection.writable.getWriter();
  // The run may close the connection before it has read all.
  writer.write(new TextEncoder().encode(text)).catch(() => {});
  const answer = await new Response(connection.readable).text();
  return answer.trimEnd().split("\n");
}

Deno.test("only the owner can open the socket, and nothing is left after the run", async () => {
  await using place = new ControlPlace();
  const { child, live } = await place.start(SLEEPS);
  assertEquals(Deno.lstatSync(place.sockets).mode! & 0o777, 0o700);
  assertEquals(Deno.lstatSync(live.socket).mode! & 0o777, 0o600);
  assert(new TextEncoder().encode(live.socket).length <= 100);
  child.kill("SIGINT");
  assertEquals((await child.status).signal, "SIGINT");
  assertEquals(
    Array.from(Deno.readDirSync(place.sockets)).filter(({ name }) =>
      /\.(lock|sock|new)$/.test(name)
    ),
    [],
  );
});

Deno.test("a client gets facts about the run, its state, and then each event without a gap", async () => {
  await using place = new ControlPlace();
  const run = await place.start(SLEEPS);
  await using client = await connectTo(run);
  const { name, title, pid, command } = await client.info;
  assertEquals([name, title, command], ["it", "sleep", ["sleep", "60"]]);
  assertEquals(pid, run.child.pid);
  const states: RunState[] = [];
  const kinds: string[] = [];
  await client.subscribe({
    onState: (state) => states.push(state),
    onEvent: (event: RunEvent) => {
      kinds.push(event.kind);
      states.push(reduce(states.at(-1)!, event));
    },
  });
  const paused = await client.request({ request: "pause", withState: true });
  assertEquals([paused.state?.isPaused, typeof paused.now], [true, "number"]);
  assertEquals((await client.request({ request: "continue" })).state, undefined);
  await client.request({ request: "setWorkers", count: 3 });
  await client.request({ request: "cancel", item: "3" });
  await until(
    () => kinds.includes("range-ended") || kinds.filter((k) => k === "spawned").length > 0,
    "a third worker starts",
  );
  const { state } = await client.request({ request: "state" });
  assertEquals(state!.numWorkers, 3);
  assertEquals(kinds.slice(0, 3), ["run-paused", "run-unpaused", "pool-resized"]);
  assert(kinds.includes("cancel-requested"));
  await client.request({ request: "stop" });
  await client.closed;
  assertEquals(kinds.at(-1), "run-ended");
  assertEquals(states.at(-1)!.stopping?.cause, { kind: "signal", signal: "SIGTERM" });
  assertEquals((await run.child.status).signal, "SIGTERM");
});

Deno.test("the journal tells the name of the run, and what was asked of it", async () => {
  await using place = new ControlPlace();
  const journal = `${place.folder}/run.jsonl`;
  const run = await place.start(["--journal", journal, ...SLEEPS]);
  await using client = await connectTo(run);
  for (const request of ["pause", "continue", "drain"] as const) await client.request({ request });
  for (const range of [0, 1]) await client.request({ request: "cancel", range });
  await run.child.status;
  const events = Array.from(readJournal(journal));
  const [started] = events;
  assert(started?.kind === "run-started");
  assertEquals(started.name, "it");
  const kinds = events.map(({ kind }) => kind).filter((kind) => /^(run-|cancel-)/.test(kind));
  assertEquals(kinds, [
    ...["run-started", "run-paused", "run-unpaused", "run-stopping"],
    ...["cancel-requested", "cancel-requested", "run-ended"],
  ]);
});

Deno.test("a request that is wrong is refused, and a line that is none ends the connection", async () => {
  await using place = new ControlPlace();
  const { live: { socket } } = await place.start(SLEEPS);
  const cases: [line: string, error: string][] = [
    ["{", "the line is not JSON"],
    ["3", "the line is no JSON object"],
    ['{"id":1}', "request must be one of state, events"],
    ['{"request":"state"}', "id must be a non-negative integer: current value is missing"],
    [
      '{"id":1,"request":"setWorkers","count":0}',
      "count must be a positive integer: current value is 0",
    ],
    [
      '{"id":1,"request":"pause","withState":1}',
      "withState must be true or false: current value is 1",
    ],
    ['{"id":1,"request":"cancel"}', "item must be a text, unless there is a range"],
    [
      '{"id":1,"request":"stop","how":"now"}',
      'how must be "stop" or "kill": current value is "now"',
    ],
    [`"${"x".repeat(70_000)}"`, "a line has at most 65536 bytes"],
  ];
  for (const [line, error] of cases) {
    const [hello, answer, ...more] = (await talk(socket, `${line}\n`)).map((text) =>
      JSON.parse(text)
    );
    assertEquals([hello.kind, answer.kind, more], ["hello", "error", []]);
    assertStringIncludes(answer.error, error);
  }
  await using client = await RunConnection.open(socket);
  for (const item of ["x", "-1", "1e0", "4"]) {
    await assertRejects(
      () => client.request({ request: "cancel", item }),
      ControlError,
      `the items of this run are the numbers below 4: there is none "${item}"`,
    );
  }
  assertEquals((await client.request({ request: "state" })).ok, true);
});

Deno.test("a hundred clients get all events, and one of them that never reads is dropped", async () => {
  await using place = new ControlPlace();
  // Each message has 32 KiB, so that the bound is reached soon.
  // One program for ten lines: to start one takes long on a busy machine.
  const script = 'x=$(head -c 32000 /dev/zero | tr "\\0" x); ' +
    'while :; do for i in 1 2 3 4 5 6 7 8 9 10; do echo "$x"; done; sleep 0.02; done';
  const run = await place.start(["-n", "1", "--", "sh", "-c", script]);
  const deaf = await Deno.connect({ transport: "unix", path: run.live.socket });
  await deaf.write(new TextEncoder().encode('{"id":1,"request":"events"}\n'));
  const clients = await Promise.all(Array.from({ length: 99 }, () => connectTo(run)));
  const counts = clients.map(() => 0);
  await Promise.all(clients.map((client, index) =>
    client.subscribe({
      onState: () => {},
      onEvent: () => counts[index]!++,
      leaveOut: ["log", "usage"],
    })
  ));
  // Those who read are served all the while.
  const { state } = await clients[0]!.request({ request: "state" });
  await until(
    async () => {
      const now = await clients[0]!.request({ request: "state" });
      return now.state!.logLines > state!.logLines + 600;
    },
    "more is printed than may wait for a client",
    { patience: 30_000 },
  );
  let bytes = 0;
  const buffer = new Uint8Array(1 << 16);
  for (let read = await deaf.read(buffer); read !== null; read = await deaf.read(buffer)) {
    bytes += read;
  }
  deaf.close();
  assert(bytes < 20 << 20, `it was dropped after ${bytes} bytes`);
  await clients[0]!.request({ request: "pause" });
  await until(() => counts.every((count) => count > 0), "each client sees the pause");
  for (const client of clients) client.close();
});

Deno.test("a client that is killed leaves the run as it is", async () => {
  await using place = new ControlPlace();
  const run = await place.start(SLEEPS);
  const script = 'const c = await Deno.connect({ transport: "unix", path: Deno.args[0] });' +
    'await c.write(new TextEncoder().encode(`{"id":1,"request":"events"}\\n`));' +
    "for await (const _ of c.readable) console.log(1);";
  const client = new Deno.Command(Deno.execPath(), {
    args: ["eval", script, run.live.socket],
    stdout: "piped",
  }).spawn();
  const reader = client.stdout.getReader();
  await reader.read();
  client.kill("SIGKILL");
  await reader.cancel();
  await client.status;
  await using other = await connectTo(run);
  assertEquals((await other.request({ request: "state" })).state!.endedAt, undefined);
});

Deno.test("a run that was killed is no run any more, and what it left is removed", async () => {
  await using place = new ControlPlace();
  const { child, live } = await place.start(SLEEPS);
  child.kill("SIGKILL");
  await child.status;
  assert(Deno.lstatSync(live.socket).isSocket);
  assertEquals(await place.find("it"), undefined);
  await assertRejects(() => Deno.lstat(live.socket), Deno.errors.NotFound);
});

Deno.test("a new run removes what a run has left that was killed", async () => {
  await using place = new ControlPlace();
  const { child, live } = await place.start(SLEEPS);
  child.kill("SIGKILL");
  await child.status;
  const isThere = () => {
    try {
      return Deno.lstatSync(live.socket).isSocket;
    } catch {
      return false;
    }
  };
  assert(isThere());
  place.spawn(["run", ...SLEEPS]);
  await until(() => !isThere(), "the new run has removed it");
});

testWith(
  "another user cannot connect",
  needs("setpriv", ROOT),
  async () => {
    await using place = new ControlPlace();
    const { live } = await place.start(SLEEPS);
    Deno.chmodSync(place.folder, 0o755);
    const connect = "import socket,sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])";
    const asUser = async (id: string) => {
      const { success, stderr } = await new Deno.Command("setpriv", {
        args: [
          `--reuid=${id}`,
          "--regid=65534",
          "--clear-groups",
          "python3",
          "-c",
          connect,
          live.socket,
        ],
      }).output();
      return success ? "connected" : new TextDecoder().decode(stderr);
    };
    assertEquals(await asUser("0"), "connected");
    assertStringIncludes(await asUser("65534"), "Permission denied");
  },
);

Deno.test("a run goes on without a socket if it may not have one, and is not asked", async () => {
  await using place = new ControlPlace();
  const cli = new URL("../../../cli.ts", import.meta.url).pathname;
  const run = async (
    permissions: string[],
    env: Record<string, string> = {},
    name: string[] = [],
  ) => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", ...permissions, cli, "run", ...name, "-n", "1", "--", "sleep", "2"],
      env: { ...place.env, ...env },
    }).output();
    return { code, stderr: new TextDecoder().decode(stderr) };
  };
  const some = ["--allow-run", "--allow-env", "--allow-sys", "--allow-read", "--allow-write"];
  for (const without of some.slice(2)) {
    const { code, stderr } = await run([...some.filter((one) => one !== without), "--allow-net"]);
    assertEquals(code, 0, stderr);
  }
  assertEquals(await run(some), { code: 0, stderr: "" });
  assertEquals(await run(["-A"], { TMPDIR: "/dev/null" }), { code: 0, stderr: "" });
  const { code, stderr } = await run(some, {}, ["--name", "it"]);
  assertEquals(code, 0);
  assertStringIncludes(stderr, "the run cannot be reached by other commands: ");
  assertEquals(await place.find("it"), undefined);
});

Deno.test("a folder that others can open is not used, and the person is told", async () => {
  await using place = new ControlPlace();
  Deno.mkdirSync(place.sockets);
  Deno.chmodSync(place.sockets, 0o777);
  const { code, stderr } = await place.cli("run", "-n", "1", "--", "sleep", "2");
  assertEquals(code, 0);
  assertStringIncludes(stderr, `${place.sockets} can be opened by other users`);
  assertEquals(Array.from(Deno.readDirSync(place.sockets)), []);
});

Deno.test("what else lies in the folder of the sockets is no run, and does not hold a look up", async () => {
  await using place = new ControlPlace();
  const { live } = await place.start(SLEEPS);
  for (const [program, name] of [["mkfifo", "pipe.lock"], ["mkdir", "folder.lock"]] as const) {
    await new Deno.Command(program, { args: [`${place.sockets}/${name}`] }).output();
  }
  Deno.writeTextFileSync(`${place.sockets}/text.lock`, "{");
  const { stdout } = await place.cli("ls", "--json");
  assertEquals(JSON.parse(stdout).map(({ runId }: { runId: string }) => runId), [live.runId]);
  const left = Array.from(Deno.readDirSync(place.sockets), ({ name }) => name);
  assertEquals(left.includes("text.lock"), false);
});
