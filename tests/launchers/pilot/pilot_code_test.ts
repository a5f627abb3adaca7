import { assert, assertEquals } from "@std/assert";
import { PILOT_CODE } from "../../../src/launchers/pilot/pilot_code.generated.ts";
import { LINUX, needs, POSIX, testWith } from "../../helpers/needs.ts";
import { startLink } from "../../helpers/pilots.ts";
import { isAlive, processesWith, readUntil, until } from "../../helpers/processes.ts";

/** What travels to each node, in bytes, at most. */
const MAX_BYTES = 150_000;

Deno.test("the code of a pilot is one small module that needs no file", async () => {
  const bytes = new TextEncoder().encode(PILOT_CODE);
  assert(bytes.length < MAX_BYTES, `${bytes.length}`);
  const url = URL.createObjectURL(new Blob([bytes], { type: "text/javascript" }));
  const module = await import(url);
  URL.revokeObjectURL(url);
  assertEquals(typeof module.runPilot, "function");
});

/** The environment of the session on a node, which has no `node` on its PATH, and a Deno that would add one. */
const SESSION = { HOME: "/proc/1/no", DENO_DIR: "/no/such/cache", SAMPLE: "a\nb 'c' €" };

testWith(
  "SIGKILL to one of two pilots on a machine ends its own workers only",
  needs(LINUX, "setsid"),
  async () => {
    const runId = crypto.randomUUID();
    const links = ["n1", "n2"].map((node) =>
      startLink({ node, runId, gracePeriod: 100, lease: 2_000 }).link
    );
    await Promise.all(links.map((link) => link.ready));
    const workers = links.map((link, range) => {
      const env = { EXECUTOR_RUN_ID: runId, EXECUTOR_ATTEMPT_ID: `${runId}.${range}.1` };
      return link.launch({ command: "sleep", args: ["60"], env, cwd: "/" });
    });
    const pids = await Promise.all(workers.map(async ({ placement }) => (await placement)!.pid!));
    await until(() => processesWith("sleep").includes(pids[0]!), "its program has begun");
    // The shell on the way has become the pilot.
    Deno.kill(workers[0]!.pid, "SIGKILL");
    await until(() => !isAlive(pids[0]!), "the worker of the first pilot is gone");
    assert(isAlive(pids[1]!));
    workers[1]!.kill("SIGTERM");
    assertEquals(await workers[1]!.status, { kind: "signaled", signal: "SIGTERM" });
    assertEquals((await workers[0]!.status).kind, "lost");
    await Promise.all(workers.flatMap(({ stdout, stderr }) => [stdout.cancel(), stderr.cancel()]));
    await Promise.all(links.map((link) => link.close()));
  },
);

testWith(
  "one of two pilots on a machine ends without a word about the workers of the other one",
  needs(LINUX, "setsid"),
  async () => {
    const runId = crypto.randomUUID();
    const started = ["n1", "n2"].map((node) => startLink({ node, runId }));
    await Promise.all(started.map(({ link }) => link.ready));
    const workers = started.map(({ link }, range) => {
      const env = { EXECUTOR_RUN_ID: runId, EXECUTOR_ATTEMPT_ID: `${runId}.${range}.1` };
      return link.launch({ command: "sleep", args: ["60"], env, cwd: "/" });
    });
    await Promise.all(workers.map(({ placement }) => placement));
    for (const [index, worker] of workers.entries()) {
      worker.kill("SIGTERM");
      assertEquals(await worker.status, { kind: "signaled", signal: "SIGTERM" });
      await Promise.all([worker.stdout.cancel(), worker.stderr.cancel()]);
      await started[index]!.link.close();
    }
    assertEquals(started.map(({ warnings }) => warnings), [[], []]);
  },
);

testWith(
  "a worker has the environment of the session, what its command sets, and the id of its pilot",
  needs(POSIX),
  async () => {
    const PATH = await Deno.makeTempDir();
    for (const program of ["sh", "env", "sleep", "uname", "setsid"]) {
      const { stdout } = await new Deno.Command("sh", { args: ["-c", `command -v ${program}`] })
        .output();
      const path = new TextDecoder().decode(stdout).trim();
      if (path !== "") await Deno.symlink(path, `${PATH}/${program}`);
    }
    for (const session of [{ PATH }, { ...SESSION, PATH }]) {
      const set = { EXECUTOR_RUN_ID: "run", SAMPLE2: "x", DENO_NO_UPDATE_CHECK: "mine" };
      const expected = { ...await environment(session), ...set };
      const { link, warnings } = startLink({ shell: `${PATH}/sh`, env: session });
      assertEquals(await link.ready, undefined, link.message);
      const worker = link.launch({ command: "env", args: ["-0"], env: set, cwd: Deno.cwd() });
      const [output] = await Promise.all(
        [worker.stdout, worker.stderr].map((stream) => new Response(stream).text()),
      );
      assertEquals(await worker.status, { kind: "exited", code: 0 });
      const { EXECUTOR_PILOT_ID: pilotId, ...variables } = parse(output!);
      assertEquals(variables, expected);
      assert(pilotId !== undefined);
      await link.close();
      assertEquals(warnings, []);
    }
    await Deno.remove(PATH, { recursive: true });
  },
);

/** The environment of a plain command in such a session. */
async function environment(session: Record<string, string>): Promise<Record<string, string>> {
  const options = { args: ["-c", "exec env -0"], clearEnv: true, env: session };
  const { stdout } = await new Deno.Command(`${session.PATH}/sh`, options).output();
  return parse(new TextDecoder().decode(stdout));
}

/** Parses a list of variables, without the one that names the program which a shell starts. */
function parse(list: string): Record<string, string> {
  const variables = list.split("\0").filter((variable) => variable !== "");
  const pairs = variables.map((variable) => /^([^=]*)=([^]*)$/.exec(variable)!.slice(1));
  return Object.fromEntries(pairs.filter(([name]) => name !== "_"));
}

/** Returns whether a process ignores SIGQUIT, SIGUSR1 and SIGUSR2, by the numbers of Linux. */
function ignoresSignals(pid: number): boolean {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const ignored = BigInt(`0x${/^SigIgn:\s*(\w+)$/m.exec(status)![1]}`);
  return [3n, 10n, 12n].every((signal) => ignored >> (signal - 1n) & 1n);
}

testWith(
  "signals that an engine sends to all processes of a job end neither a pilot nor its reaper",
  needs(LINUX, "setsid"),
  async () => {
    const runId = crypto.randomUUID();
    const { link, warnings } = startLink({ runId, gracePeriod: 100 });
    assertEquals(await link.ready, undefined, link.message);
    const traps = 'for s in QUIT USR1 USR2; do trap "echo got $s" $s; done';
    const worker = link.launch({
      command: "sh",
      args: ["-c", `${traps}; echo on; while :; do sleep 0.02; done`],
      env: { EXECUTOR_RUN_ID: runId },
      cwd: "/",
    });
    const lines = (worker.stdout as ReadableStream<Uint8Array<ArrayBuffer>>).pipeThrough(
      new TextDecoderStream(),
    ).getReader();
    await readUntil(lines, "on\n");
    const { pid } = (await worker.placement)!;
    const reapers = processesWith(runId);
    assertEquals(reapers.length, 1);
    await until(() => ignoresSignals(reapers[0]!), "the reaper ignores signals");
    for (const name of ["QUIT", "USR1", "USR2"] as const) {
      for (const target of [worker.pid, pid!, ...reapers]) Deno.kill(target, `SIG${name}`);
      await readUntil(lines, `got ${name}\n`);
    }
    // Deno does not react to SIGUSR1 in its first moments.
    await until(() => {
      Deno.kill(worker.pid, "SIGUSR1");
      return warnings.length > 0;
    }, "the pilot has closed its debugger");
    assertEquals([worker.pid, pid!, ...reapers].map(isAlive), [true, true, true]);
    worker.kill("SIGKILL");
    assertEquals(await worker.status, { kind: "signaled", signal: "SIGKILL" });
    await Promise.all([lines.cancel(), worker.stderr.cancel()]);
    await link.close();
    const opened = "n1: SIGUSR1 opened the debugger of Deno to all users of this machine";
    assertEquals(warnings, [`${opened}: it was closed at once`]);
  },
);
