// What `executor logs` prints of runs that go on and of runs that have ended.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cliCommandLine, runCli } from "../helpers/cli.ts";
import { ControlPlace } from "../helpers/control.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { shellLine } from "../helpers/pty.ts";
import { readUntil, until } from "../helpers/processes.ts";

/** Says two lines, and then fails for `bad`, ends for `good`, and waits for the others. */
const SCRIPT =
  'echo "one $0"; echo "two $0"; case $0 in bad) exit 3;; good) exit;; esac; echo MESSAGE: here; exec sleep 60';
const ITEMS = [":::", "good", "bad", "long"];

async function startThree(place: ControlPlace, ...options: string[]): Promise<Deno.ChildProcess> {
  const { child } = await place.start([...options, "-w", "1", "--", "sh", "-c", SCRIPT, ...ITEMS]);
  await until(
    async () =>
      (await place.cli("wait", "it", "--until", "failed and items=1 and workers=1")).code === 0,
    "two have ended",
  );
  return child;
}

Deno.test("logs has the last lines of what runs and of what failed, also after the end", async () => {
  await using place = new ControlPlace();
  const child = await startThree(place);
  const logs = async (...args: string[]) => {
    const { code, stdout, stderr } = await place.cli("logs", ...args);
    return code === 0 ? stdout : [code, stdout + stderr];
  };
  const isSaid = async () => await logs("it", "long") === "one long\ntwo long\n";
  await until(isSaid, "long has said both");
  assertEquals(await logs(), "bad\tone bad\nbad\ttwo bad\nlong\tone long\nlong\ttwo long\n");
  assertEquals(await logs("--failed"), "bad\tone bad\nbad\ttwo bad\n");
  assertEquals(await logs("it", "--grep", "two.*[gd]$"), "bad\ttwo bad\nlong\ttwo long\n");
  assertEquals(await logs("it", "bad"), "one bad\ntwo bad\n");
  assertEquals(await logs("it", "long"), "one long\ntwo long\n");
  assertEquals(await logs("it", "good"), [
    1,
    'executor: no lines of "good" are kept: a run with --log-dir DIR keeps those of all items\n',
  ]);
  assertEquals(await logs("it", "none"), [
    1,
    'executor: nothing is known of "none": it may not have begun\n',
  ]);
  child.kill("SIGTERM");
  await child.status;
  assertEquals(await logs("it"), "bad\tone bad\nbad\ttwo bad\n");
  assertEquals(await logs("it", "bad", "--grep", "^t"), "two bad\n");
  assertEquals(await logs("it", "-f"), [1, "executor: the run it has ended\n"]);
  const { code, stderr } = await place.cli("logs", "it", "--grep", "(");
  assertEquals(code, 2);
  assertStringIncludes(stderr, "--grep must be a regular expression of JavaScript: ");
});

for (
  const [what, pattern, reason] of [
    ["too large", `${"(".repeat(20_000)}a${")".repeat(20_000)}`, "be a regular expression"],
    ["endless", "(a+)+$", "not match the same text in two ways"],
  ] as const
) {
  Deno.test(`a --grep that is ${what} is refused before a line is searched`, async () => {
    const { code, stderr } = await runCli(["logs", "none", "--grep", pattern]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, `executor: --grep must ${reason}`);
  });
}

Deno.test("items that look like options can be named", async () => {
  await using place = new ControlPlace();
  const script = 'echo "I am $1"; exec sleep 60';
  const { child } = await place.start([
    ...["-w", "2", "--", "sh", "-c", script, "sh", "{}", ":::", "-f", "--help"],
  ]);
  for (const item of ["-f", "--help"]) {
    await until(
      async () => (await place.cli("logs", "it", "--", item)).stdout === `I am ${item}\n`,
      `${item} has said something`,
    );
    const { stdout } = await place.cli("cancel", "--", "it", item);
    // The worker may have ended by the time of the answer.
    assertMatch(stdout, new RegExp(`^it: ${item} is cancelled(: its worker ends)?\n$`));
  }
  assertEquals((await child.status).code, 1);
  const { failures } = JSON.parse((await place.cli("status", "it", "--json")).stdout);
  assertEquals(failures.map(({ cause }: { cause: { kind: string } }) => cause.kind), [
    "cancelled",
    "cancelled",
  ]);
});

Deno.test("logs has all lines of a run with a log directory", async () => {
  await using place = new ControlPlace();
  const child = await startThree(place, "--log-dir", `${place.folder}/logs`);
  const logs = async (...args: string[]) => (await place.cli("logs", ...args)).stdout;
  assertEquals(await logs("it", "good"), "one good\ntwo good\n");
  await until(
    async () => await logs("it", "long") === "one long\ntwo long\nMESSAGE: here\n",
    "the lines are in the file",
  );
  child.kill("SIGTERM");
  await child.status;
  assertEquals(await logs("it", "good"), "one good\ntwo good\n");
});

Deno.test("logs -f prints lines as they come, until the run is over", async () => {
  await using place = new ControlPlace();
  const gate = `${place.folder}/gate`;
  const script =
    `echo "first \x1b[31m{item}"; until test -e '${gate}'; do sleep 0.01; done; echo last {item}`;
  await place.start(["-w", "2", "--", "sh", "-c", script, ":::", "a", "b"]);
  const child = place.spawn(["logs", "-f"], { stdout: "piped" });
  const one = place.spawn(["logs", "it", "b", "-f"], { stdout: "piped" });
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!/a\tfirst/.test(text) || !/b\tfirst/.test(text)) text += await readUntil(reader, "\n");
  const other = one.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals(await readUntil(other, "\n"), "first b\n");
  Deno.writeTextFileSync(gate, "");
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    text += piece.value;
  }
  assertEquals(text.trimEnd().split("\n").toSorted(), [
    "a\tfirst a",
    "a\tlast a",
    "b\tfirst b",
    "b\tlast b",
  ]);
  assertEquals((await child.status).code, 0);
  assertEquals(await readUntil(other, "\n"), "last b\n");
  assertEquals((await other.read()).done, true);
});

Deno.test("logs -f of a run that is killed says that lines may be missing, and exits with 1", async () => {
  await using place = new ControlPlace();
  const { child } = await place.start(["-n", "1", "--", "sh", "-c", "echo one; exec sleep 60"]);
  const follow = place.spawn(["logs", "-f"], { stdout: "piped", stderr: "piped" });
  const reader = follow.stdout.pipeThrough(new TextDecoderStream()).getReader();
  await readUntil(reader, "one");
  child.kill("SIGKILL");
  while (!(await reader.read()).done);
  const said = await new Response(follow.stderr).text();
  assertEquals(said, "executor: the connection has ended before the run: lines may be missing\n");
  assertEquals((await follow.status).code, 1);
});

testWith("logs -f ends when nobody reads it, or it cannot be written", needs(LINUX), async () => {
  await using place = new ControlPlace();
  const gate = `${place.folder}/gate`;
  await place.start([
    ...["-n", "1", "--", "sh", "-c"],
    `echo one; until test -e ${gate}; do sleep 0.05; done; while sleep 0.05; do echo more; done`,
  ]);
  const { command, args } = cliCommandLine(["logs", "-f", "it"]);
  const line = shellLine([command, ...args]);
  const follow = new Deno.Command("bash", {
    args: ["-c", `${line} | head -n 1; echo "code $PIPESTATUS"`],
    env: place.env,
    stdout: "piped",
  }).spawn();
  const full = new Deno.Command("bash", {
    args: ["-c", `${line} >/dev/full`],
    env: place.env,
    stderr: "piped",
  }).output();
  const reader = follow.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const first = await readUntil(reader, "one\n");
  Deno.writeTextFileSync(gate, "");
  assertStringIncludes(first + await readUntil(reader, "code 0\n"), "one\n");
  await reader.cancel();
  assertEquals((await follow.status).code, 0);
  const { code, stderr } = await full;
  assertEquals(code, 1);
  assertStringIncludes(
    new TextDecoder().decode(stderr),
    "executor: stdout cannot be written: No space left on device",
  );
});

testWith("the lines of an item are printed, however long its log is", needs(LINUX), async () => {
  await using place = new ControlPlace();
  const logs = `${place.folder}/logs`;
  const { child } = await place.start([
    ...["-w", "2", "--log-dir", logs, "--", "sh", "-c"],
    'test "$0" = long || exec sleep 60; echo first; exit 3',
    ...[":::", "long", "other"],
  ]);
  await place.cli("wait", "it", "--until", "failed");
  {
    // More than a text can hold, with holes that take no room on the disk.
    using log = await Deno.open(`${logs}/range-00000.attempt-1.log`, { write: true });
    for (let mebibytes = 64; mebibytes <= 576; mebibytes += 64) {
      await log.seek(mebibytes * 2 ** 20, Deno.SeekMode.Start);
      await log.write(new TextEncoder().encode(`\nat ${mebibytes}\n`));
    }
  }
  const { code, stdout, stderr } = await place.cli(
    "logs",
    "it",
    "long",
    "--grep",
    "^(first|at .*)$",
  );
  const at = Array.from({ length: 9 }, (_, index) => `at ${64 * (index + 1)}\n`);
  assertEquals([code, stdout, stderr], [0, `first\n${at.join("")}`, ""]);
  child.kill("SIGTERM");
  await child.status;
});
