import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import type { GetCommand } from "@lambdawaker/executor";
import { type Launcher, LaunchError, type WorkerCommand } from "@lambdawaker/executor/launchers";
import type { ProcessExit } from "@lambdawaker/executor/events";
import { BOOTSTRAP } from "../../../src/launchers/remote/agent.ts";
import { RemoteProcess } from "../../../src/launchers/remote/remote_process.ts";
import { argvSamples, hex } from "../cluster/argv_samples.ts";
import { AGENT_NEEDS, agentIn, inEachShell } from "../../helpers/agent.ts";
import { testWith } from "../../helpers/needs.ts";
import { ofKind, runJob, runScript } from "../../helpers/run_job.ts";
import { causeText } from "../../../src/reporters/wording.ts";
import { writeProgram } from "../../helpers/programs.ts";

const ENDINGS: [script: string, exit: ProcessExit][] = [
  ["exit 0", { kind: "exited", code: 0 }],
  ["exit 7", { kind: "exited", code: 7 }],
  ["exit 128", { kind: "exited", code: 128 }],
  ["exit 139", { kind: "signaled", signal: "SIGSEGV" }],
  ["exit 255", { kind: "exited", code: 255 }],
  ["kill -SEGV $$", { kind: "signaled", signal: "SIGSEGV" }],
  ["kill -KILL $$", { kind: "signaled", signal: "SIGKILL" }],
  ["kill -TERM $$", { kind: "signaled", signal: "SIGTERM" }],
  ["kill -INT $$", { kind: "signaled", signal: "SIGINT" }],
  ["kill -PIPE $$", { kind: "signaled", signal: "SIGPIPE" }],
];

inEachShell("codes and signals are exact", async (shell) => {
  const getCommand: GetCommand = (worker) => ["sh", "-c", ENDINGS[worker.extraData.range]![0]];
  const config = { totalItems: ENDINGS.length, numWorkers: 2, chunkSize: 1 };
  const result = await runJob(config, getCommand, { launcher: agentIn(shell) });
  const ends = ofKind(result, "attempt-ended").sort((a, b) => a.range - b.range);
  assertEquals(ends.map(({ exit }) => exit), ENDINGS.map(([, exit]) => exit));
});

inEachShell("what a shell has to say itself changes nothing", async (shell) => {
  const env = { LD_PRELOAD: "/no/such/library.so", LC_ALL: "xx_XX.UTF-8" };
  const launcher = agentIn(shell, { env });
  const getCommand: GetCommand = (worker) => ["sh", "-c", ENDINGS[worker.extraData.range]![0]];
  const config = { totalItems: ENDINGS.length, numWorkers: 2, chunkSize: 1 };
  const result = await runJob(config, getCommand, { launcher });
  const ends = ofKind(result, "attempt-ended").sort((a, b) => a.range - b.range);
  assertEquals(ends.map(({ exit }) => exit), ENDINGS.map(([, exit]) => exit));
});

inEachShell("an argument that is too long is told at once", async (shell) => {
  const worker = await agentIn(shell).launch({ command: "true", args: ["x".repeat(140_000)] });
  await Promise.all([worker.stdout.cancel(), worker.stderr.cancel()]);
  const exit = await worker.status;
  assert(exit.kind === "launch-failed" && exit.permanent, JSON.stringify(exit));
  assertMatch(exit.reason, /^argument list too long on \S+: true \(arguments: 1\)$/);
});

inEachShell("nothing is read any more when its client is closed", async (shell) => {
  // What else has the stdout of the client keeps it open.
  const client = ["sh", "-c", 'sleep 0.5 & exec "$@"', "sh", ...shell];
  const worker = await agentIn(client).launch({ command: "./no-such-program", args: [] });
  await Promise.all([worker.stdout.cancel(), worker.stderr.cancel()]);
  assertEquals((await worker.status).kind, "launch-failed");
  // The end of the test finds what is still read.
});

inEachShell("arguments and environment arrive as they are", async (shell) => {
  const samples = argvSamples();
  const script = 'printf "%s\\0" "$@" "$SAMPLE"';
  const getCommand: GetCommand = ({ extraData: { range } }) => ({
    command: "sh",
    args: ["-c", `${script} | od -An -vtx1 | tr -d " \\n"`, "sh", ...samples[range]!],
    env: { SAMPLE: samples[range]!.join("") },
  });
  const config = { totalItems: samples.length, numWorkers: 2, chunkSize: 1 };
  const result = await runJob(config, getCommand, { launcher: agentIn(shell) });
  assert(result.summary.ok, JSON.stringify(result.summary.failures));
  const logs = new Map(ofKind(result, "log").map(({ range, lines }) => [range, lines.join("")]));
  for (const [range, argv] of samples.entries()) {
    const words = [...argv, argv.join("")];
    assertEquals(logs.get(range), hex(words.map((word) => `${word}\0`).join("")));
  }
});

/** Each means something to some shell, or cannot be set by it. */
const VARIABLES = {
  ...{ "un.usual": "here", "-x": "option", IFS: "E", UID: "5", PATH: "/no/such", PWD: "/nowhere" },
  ...{ OPTIND: "7", PS1: "$(id)", PS4: "+", CDPATH: "/", SHELLOPTS: "xtrace", agent_nonce: "mine" },
};

inEachShell("variables that mean something to a shell are the worker's alone", async (shell) => {
  const command = { command: "/usr/bin/env", args: ["-0"], env: VARIABLES };
  const { stdout, stderr, status } = await agentIn(shell).launch(command);
  const lines = (await new Response(stdout).text()).split("\0");
  for (const [name, value] of Object.entries(VARIABLES)) {
    assertEquals(lines.filter((line) => line.startsWith(`${name}=`)), [`${name}=${value}`]);
  }
  assertEquals(await new Response(stderr).text(), "");
  assertEquals(await status, { kind: "exited", code: 0 });
});

inEachShell("a command is looked for where its PATH says, whatever its name", async (shell) => {
  const folder = await Deno.makeTempDir();
  const script = 'echo "$0" "$A"';
  await writeProgram(`${folder}/a=b`, `#!/bin/sh\n${script}\n`);
  const command = { command: "a=b", args: [], env: { PATH: folder, A: "1" } };
  const { stdout, stderr, status } = await agentIn(shell).launch(command);
  assertEquals(await new Response(stdout).text(), `${folder}/a=b 1\n`);
  await stderr.cancel();
  assertEquals(await status, { kind: "exited", code: 0 });
  await Deno.remove(folder, { recursive: true });
});

inEachShell("a script whose interpreter is not there cannot be launched", async (shell) => {
  const folder = await Deno.makeTempDir();
  const exitOf = async (text: string, args: string[] = []) => {
    await writeProgram(`${folder}/script`, text);
    const command = { command: "./script", args, cwd: folder, env: { A: "1" } };
    const { stdout, stderr, status } = await agentIn(shell).launch(command);
    await Promise.all([stdout, stderr].map((stream) => new Response(stream).text()));
    const exit = await status;
    return exit.kind === "launch-failed"
      ? [exit.permanent, exit.reason.replace(/on \S+:/, "")]
      : exit;
  };
  const missing = [true, 'interpreter of ./script not found  "/no/such/shell"'];
  assertEquals(await exitOf("#!/no/such/shell\nexit 1\n"), missing);
  assertEquals(await exitOf("#! /no/such/shell -e\nexit 1\n"), missing);
  assertEquals(await exitOf("#!/bin/sh\r\nexit 1\r\n"), [
    true,
    'interpreter of ./script not found  "/bin/sh\\r" (its lines end in CRLF)',
  ]);
  assertEquals(await exitOf("#!/bin/sh\nexit 127\n"), { kind: "exited", code: 127 });
  assertEquals(await exitOf("#! /bin/sh -e\nexit 126\n"), { kind: "exited", code: 126 });
  await Deno.remove(folder, { recursive: true });
});

inEachShell("what the worker prints arrives as it is", async (shell) => {
  const text = "\x1eexecutor-agent\na mark \x1e amid, and no line break at the end";
  const worker = agentIn(shell).launch({ command: "printf", args: ["%s", text] });
  const { stdout, stderr, status } = await worker;
  assertEquals(await new Response(stdout).text(), text);
  assertEquals(await new Response(stderr).text(), "");
  assertEquals(await status, { kind: "exited", code: 0 });
});

testWith("what is missing where the worker is to run is told", AGENT_NEEDS, async () => {
  const commands = [
    { command: "true", args: [], cwd: "/no/such/place" },
    { command: "no-such-program", args: [] },
    { command: "/etc/passwd", args: [] },
    { command: "/etc/", args: [] },
    { command: "true", args: [], cwd: "/etc/passwd" },
  ];
  const config = { totalItems: 5, numWorkers: 5, maxRetries: 2 };
  const options = { launcher: agentIn(["sh"]) };
  const result = await runJob(config, ({ index }) => commands[index]!, options);
  const reasons = result.summary.failures.map(({ cause }) => causeText(cause)).sort();
  assertMatch(reasons[0]!, /^command not executable on \S+: \/etc\/ \(it is a directory\)$/);
  assertMatch(reasons[1]!, /^command not executable on \S+: \/etc\/passwd$/);
  assertMatch(reasons[2]!, /^command not found on \S+: no-such-program$/);
  assertMatch(reasons[3]!, /^working directory is not a directory on \S+: \/etc\/passwd$/);
  assertMatch(reasons[4]!, /^working directory not found on \S+: \/no\/such\/place$/);
  assertEquals(result.summary.attempts, 5);
});

testWith(
  "a relative directory is one beside the executor, wherever the agent begins",
  AGENT_NEEDS,
  async () => {
    const client = { command: "sh", args: ["-c", 'cd / && exec sh -c "$1"', "sh", BOOTSTRAP[2]!] };
    const options = { gracePeriod: 1_000, lease: 3_000 };
    for (
      const [cwd, place] of [["tests", "/tests"], [undefined, ""], [".", ""], ["/", undefined]]
    ) {
      const command = { command: "pwd", args: [], cwd };
      const { stdout, stderr, closed } = RemoteProcess.start(client, { ...options, command });
      await stderr.cancel();
      const expected = place === undefined ? "/" : Deno.cwd() + place;
      assertEquals(await new Response(stdout).text(), `${expected}\n`);
      await closed;
    }
  },
);

Deno.test("what cannot be passed on is refused before anything is started", () => {
  const { launch } = agentIn(["no-such-shell"]);
  const commands: WorkerCommand[] = [
    { command: "true", args: ["a\0b"] },
    { command: "true", args: [], env: { A: "\0" } },
    { command: "true", args: [], env: { "A\0": "" } },
    { command: "true", args: [], cwd: "/\udcff" },
  ];
  const errors = commands.map((command) => assertThrows(() => launch(command), LaunchError));
  assertEquals(errors.map(({ message, permanent }) => [message.split(" cannot ")[0], permanent]), [
    ['argument "a\\0b"', true],
    ['variable "A=\\0"', true],
    ['variable "A\\0="', true],
    ['working directory "/\\xff"', true],
  ]);
});

testWith("what comes before the worker is none of its lines", AGENT_NEEDS, async () => {
  const script = `echo "STATUS: FAILED"; exec sh -c "$1"`;
  const client = { command: "sh", args: ["-c", script, "sh", BOOTSTRAP[2]!] };
  const launcher: Launcher = {
    launch: (worker) =>
      RemoteProcess.start(client, { command: worker, gracePeriod: 1_000, lease: 3_000 }),
  };
  const result = await runScript("echo hi", {}, { launcher });
  assertEquals(result.summary.counts.SUCCESS, 1);
  assertEquals(ofKind(result, "log").flatMap(({ lines }) => lines), ["hi"]);
});

testWith(
  "a client that leads nowhere is a launch that failed, in its own words",
  AGENT_NEEDS,
  async () => {
    const client = { command: "sh", args: ["-c", "echo 'no such place' >&2; exit 255"] };
    const launcher: Launcher = {
      launch: (worker) =>
        RemoteProcess.start(client, { command: worker, gracePeriod: 1_000, lease: 3_000 }),
    };
    const config = { maxLaunchFailures: 2, retryDelay: 1 };
    const { summary } = await runScript("true", config, { launcher });
    assertEquals([summary.attempts, summary.launchFailures], [3, 3]);
    assertEquals(summary.failures[0]!.cause, { kind: "launch", message: "no such place" });
  },
);
