// The command under signals: what a shell sees, and what is left behind.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cliCommand, cliCommandLine } from "../helpers/cli.ts";
import { exists } from "../helpers/files.ts";
import { assertNoneLeft, until } from "../helpers/processes.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGQUIT: 131 };

/** Says which signal it got, and obeys. */
const OBEYS = `for s in INT TERM HUP QUIT; do trap "touch $0/got-SIG$s; exit 0" $s; done`;
const IGNORES = "trap '' INT TERM HUP QUIT";
/** Has a child in its group that outlives it. */
const FORKS =
  `sh -c "trap '' INT TERM HUP QUIT; touch $0/child; while :; do sleep 0.05; done" $0 & until [ -e $0/child ]; do sleep 0.01; done`;

/** What a program says, as it says it. */
class Spoken {
  #text = "";
  readonly #ended: Promise<void>;

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#ended = this.#read(stream);
  }

  async says(words: string): Promise<void> {
    await until(() => this.#text.includes(words), `it says ${words}`);
  }

  async all(): Promise<string> {
    await this.#ended;
    return this.#text;
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) this.#text += text;
  }
}

interface Stopped {
  status: Deno.CommandStatus;
  stdout: string;
  took: number;
  /** Names of the files that workers left. */
  files: string[];
}

/** Runs two workers, sends signals once they are ready, and waits for the end. */
async function stopWith(
  signals: readonly Deno.Signal[],
  prepare: string,
  grace: string,
): Promise<Stopped> {
  const folder = await Deno.makeTempDir();
  try {
    // What the shell has to say of its sleep that was ended is of no interest.
    const script =
      `exec 2>/dev/null; ${prepare}; touch $0/ready-$EXECUTOR_WORKER; while :; do sleep 0.05; done`;
    const args = ["run", "-n", "2", "-w", "2", "-r", "3", "--grace-period", grace];
    const child = cliCommand([...args, "--", "sh", "-c", script, folder]).spawn();
    const stdout = new Spoken(child.stdout);
    const stderr = new Response(child.stderr).text();
    const files = () => Array.from(Deno.readDirSync(folder), ({ name }) => name);
    const ready = () => files().filter((name) => name.startsWith("ready")).length;
    await until(() => ready() === 2, "workers are ready");
    const start = performance.now();
    for (const [index, signal] of signals.entries()) {
      child.kill(signal);
      // The next one is not to be merged with it.
      if (index === 0 && signal !== "SIGUSR2") await stdout.says("asking the workers to end");
    }
    const status = await child.status;
    const took = performance.now() - start;
    assertEquals(await stderr, "");
    assertNoneLeft(folder);
    return { status, stdout: await stdout.all(), took, files: files() };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const signal of SIGNALS) {
  Deno.test(`${signal} is forwarded, the summary printed, and the signal re-raised`, async () => {
    const { status, stdout, files } = await stopWith([signal], OBEYS, "30s");
    assertEquals([status.signal, status.code], [signal, CODES[signal]]);
    assert(files.includes(`got-${signal}`));
    assertStringIncludes(stdout, `stopped by ${signal}`);
    assertStringIncludes(stdout, "sh: 0 done · 2 stopped of 2 ");
    assert(!stdout.includes("FAILED"), stdout);
  });

  Deno.test(`${signal} to workers that ignore it: killed after the grace period`, async () => {
    const { status, stdout, took } = await stopWith([signal], IGNORES, "500ms");
    assertEquals(status.signal, signal);
    assertStringIncludes(stdout, "2 attempts had to be killed (SIGKILL)");
    assert(took >= 495, `took ${took} ms`);
  });

  Deno.test(`${signal} twice: killed at once`, async () => {
    const { status, stdout } = await stopWith([signal, signal], IGNORES, "10m");
    assertEquals(status.signal, signal);
    assertStringIncludes(stdout, "killing the workers");
  });
}

for (const [signal, code] of [["SIGALRM", 142], ["SIGXCPU", 152]] as const) {
  Deno.test(`${signal} stops the run, and workers get SIGTERM`, async () => {
    const { status, stdout, files } = await stopWith([signal], OBEYS, "30s");
    assertEquals([status.signal, status.code], [signal, code]);
    assert(files.includes("got-SIGTERM"));
    assertStringIncludes(stdout, `stopped by ${signal}`);
    assertStringIncludes(stdout, "sh: 0 done · 2 stopped of 2 ");
  });
}

Deno.test("SIGUSR2 has no effect on a run", async () => {
  const { status, stdout } = await stopWith(["SIGUSR2", "SIGTERM"], OBEYS, "30s");
  assertEquals(status.signal, "SIGTERM");
  assertStringIncludes(stdout, "sh: 0 done · 2 stopped of 2 ");
});

Deno.test("Ctrl-C while a time-out stops the run: its exit code, and what it says", async () => {
  const script = "trap '' INT TERM; while :; do sleep 0.05; done";
  const args = ["run", "-n", "1", "--run-timeout", "2s", "--grace-period", "5s"];
  const child = cliCommand([...args, "--", "sh", "-c", script]).spawn();
  const stdout = new Spoken(child.stdout);
  const stderr = new Response(child.stderr).text();
  await stdout.says("stopped by the run time-out: asking the workers to end");
  child.kill("SIGINT");
  const { signal } = await child.status;
  assertEquals([signal, await stderr], ["SIGINT", ""]);
  assertStringIncludes(await stdout.all(), "stopped by SIGINT: asking the workers to end");
});

Deno.test("a child that outlives its worker is ended with the group", async () => {
  const { status } = await stopWith(["SIGTERM"], FORKS, "300ms");
  assertEquals(status.signal, "SIGTERM");
});

Deno.test("the second signal may be another one; the last one is re-raised", async () => {
  const { status } = await stopWith(["SIGINT", "SIGTERM"], IGNORES, "10m");
  assertEquals(status.signal, "SIGTERM");
});

Deno.test("a signal that was ignored from the start, as by nohup, stays ignored", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const worker =
      `touch ${folder}/ready; until [ -e ${folder}/go ] || [ ! -e ${folder} ]; do sleep 0.05; done`;
    const { args, command } = cliCommandLine(["run", "-n", "1", "--", "sh", "-c", worker]);
    const child = new Deno.Command("sh", {
      args: ["-c", 'trap "" HUP; exec "$@"', "sh", command, ...args],
      stdout: "null",
      stderr: "null",
    }).spawn();
    await until(() => exists(`${folder}/ready`), "the worker is ready");
    child.kill("SIGHUP");
    child.kill("SIGHUP");
    await Deno.writeTextFile(`${folder}/go`, "");
    assertEquals((await child.status).code, 0);
  } finally {
    await Deno.writeTextFile(`${folder}/go`, "");
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the third signal ends the process at once, whatever does not end", async () => {
  const fixture = new URL("../fixtures/unstoppable.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", fixture],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const said = async () => (await reader.read()).value;
  assertEquals(await said(), "started\n");
  child.kill("SIGINT");
  assertEquals(await said(), "stop\n");
  child.kill("SIGINT");
  assertEquals(await said(), "kill\n");
  child.kill("SIGINT");
  const { signal } = await child.status;
  assertEquals(await said(), "terminal restored\n");
  await reader.cancel();
  assertEquals([signal, await errors], ["SIGINT", ""]);
});
