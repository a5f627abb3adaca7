// Runs that go on in the background: `run --detach`.
import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { cliCommandLine, runCli } from "../helpers/cli.ts";
import { ControlPlace } from "../helpers/control.ts";
import { LINUX, MOUNT, needs, testWith } from "../helpers/needs.ts";
import { runInTerminal, shellLine } from "../helpers/pty.ts";
import { assertNoneLeft, uniqueMark, until } from "../helpers/processes.ts";
import { succeeds } from "../helpers/programs.ts";
import { fillDisk, withSmallDisk } from "../helpers/small_disk.ts";

/** Ends the run of a name, and waits for that. */
async function end(place: ControlPlace, name: string): Promise<void> {
  await place.cli("stop", name);
  await until(async () => await place.find(name) === undefined, `${name} is over`);
}

function logs(place: ControlPlace): string[] {
  return Array.from(Deno.readDirSync(`${place.folder}/state/executor`), ({ name }) => name)
    .filter((name) => !name.endsWith(".jsonl"))
    .map((name) => `${place.folder}/state/executor/${name}`);
}

Deno.test("--detach prints the name when the run can be asked, and what it prints is in a log", async () => {
  await using place = new ControlPlace();
  const { code, stdout, stderr } = await place.cli(
    ...["run", "--detach", "--name", "it", "-n", "2", "-c", "1", "-w", "1", "--", "sh", "-c"],
    `test -z "$EXECUTOR_START_NOTICE" || exit 3; test {start} = 0 || sleep 60`,
  );
  assertEquals([code, stdout], [0, "it\n"]);
  const [, log] = /^executor: it runs in the background; what it prints is in (.*\.log)\n$/.exec(
    stderr,
  )!;
  assertEquals((await place.cli("wait", "it", "--until", "items=1")).code, 0);
  assertEquals(Deno.statSync(log!).mode! & 0o777, 0o600);
  assertStringIncludes(Deno.readTextFileSync(log!), "started: 2 items, 1 worker\n");
  assertEquals(logs(place), [log]);
  await end(place, "it");
  await until(
    () => /stopped by SIGTERM\n[^]*1 done/.test(Deno.readTextFileSync(log!)),
    "the summary is in the log",
  );
});

Deno.test("a run that cannot start says so, with its exit code, and leaves no log", async () => {
  await using place = new ControlPlace();
  const none = await place.cli("run", "--detach", "-n", "1", "--", "no-such-program");
  assertEquals([none.code, none.stdout], [2, ""]);
  assertEquals(
    none.stderr,
    "executor: command not found: no-such-program\nTry `executor run --help`.\n",
  );
  const wrong = await place.cli("run", "-n", "x", "--detach", "--", "true");
  assertEquals(wrong.code, 2);
  assertStringIncludes(wrong.stderr, "--total must be a non-negative integer");
  const journal = await place.cli(
    "run",
    "--detach",
    "-n",
    "1",
    "--journal",
    "/dev/null/x",
    "--",
    "true",
  );
  assertEquals([journal.code, journal.stdout], [2, ""]);
  assertEquals(logs(place), []);
  const dry = await place.cli("run", "--detach", "--dry-run", "-n", "1", "--", "true");
  assertEquals([dry.code, dry.stderr.split("\n")[0]], [
    2,
    "executor: --dry-run runs nothing: leave out --detach",
  ]);
  const grid = await place.cli("run", "--detach", "--reporter", "grid", "-n", "1", "--", "true");
  assertEquals([grid.code, grid.stderr.split("\n")[0]], [
    2,
    "executor: --reporter grid needs a terminal, which a run with --detach has not: leave it out, and use executor attach",
  ]);
  const { code, stderr } = await runCli(["run", "--detach", "-n", "1", "--", "true"]);
  assertEquals(code, 2);
  assertStringIncludes(
    stderr,
    "--detach needs a folder for the log of the run that can be written",
  );
});

Deno.test("a run that is over at once has started, too", async () => {
  await using place = new ControlPlace();
  for (const [program, total] of [["true", "3"], ["false", "1"], ["true", "0"]] as const) {
    const { code, stdout } = await place.cli("run", "--detach", "-n", total, "--", program);
    assertEquals(code, 0);
    assertMatch(stdout, /^[a-z]+-[a-z]+\n$/);
  }
});

Deno.test("a run in the background reads its items from a pipe, and passes arguments on unchanged", async () => {
  await using place = new ControlPlace();
  const seen = `${place.folder}/seen`;
  const { code, stderr } = await runCli(
    [
      "run",
      "--detach",
      "--name",
      "it",
      "-w",
      "1",
      "--items",
      "-",
      "--",
      "sh",
      "-c",
      `printf '[%s]' "$@" >> '${seen}'`,
      "sh",
      "{}",
      "--detach",
      " a\t'\"$x\n",
    ],
    { env: place.env, input: "one\ntwo\n" },
  );
  assertEquals(code, 0, stderr);
  await until(async () => await place.find("it") === undefined, "it is over");
  await until(() => Deno.readTextFileSync(seen).includes("two"), "both items are done");
  assertEquals(
    Deno.readTextFileSync(seen),
    `[one][--detach][ a\t'"$x\n][two][--detach][ a\t'"$x\n]`,
  );
});

testWith(
  "a run in the background has no terminal, and outlives the one that began it",
  needs(LINUX, "script"),
  async () => {
    await using place = new ControlPlace();
    const { command, args } = cliCommandLine([
      "run",
      "--detach",
      "--name",
      "it",
      "-n",
      "1",
      "--",
      "sleep",
      "60",
    ]);
    const { text } = await runInTerminal(shellLine([command, ...args]), { env: place.env });
    assertStringIncludes(text, "it\r\n");
    const live = await place.find("it");
    assert(live !== undefined);
    // Its session is its own, and no terminal controls it.
    const [, , , , , session, terminal] = Deno.readTextFileSync(`/proc/${live.pid}/stat`)
      .replace(/\(.*\)/s, "x").split(" ");
    assertEquals([session, terminal], [`${live.pid}`, "0"]);
    assertStringIncludes((await place.cli("status")).stdout, "it (sleep) is running");
    await end(place, "it");
  },
);

for (const [signal, exitCode] of [["SIGINT", 130], ["SIGQUIT", 131]] as const) {
  Deno.test(`${signal} while the run has not started stops it`, async () => {
    await using place = new ControlPlace();
    const mark = uniqueMark();
    // No worker starts before the first item comes.
    const child = place.spawn(["run", "--detach", "--items", "-", "--", "touch", mark], {
      stdin: "piped",
    });
    await until(() => {
      try {
        return logs(place).some((path) => Deno.readTextFileSync(path).includes("started"));
      } catch {
        return false;
      }
    }, "the run waits for items");
    child.kill(signal);
    assertEquals((await child.status).code, exitCode);
    await child.stdin.close();
    assertNoneLeft(mark);
  });
}

Deno.test("a job is resumed in the background, and --detach is not recorded", async () => {
  await using place = new ControlPlace();
  const journal = `${place.folder}/run.jsonl`;
  const gate = `${place.folder}/gate`;
  await place.cli("run", "--detach", "--journal", journal, "-n", "1", "--", "test", "-e", gate);
  await until(
    async () => (await place.cli("report", "--format", "failed", journal)).stdout !== "",
    "it has failed",
  );
  assert(!Deno.readTextFileSync(journal).includes("detach"));
  Deno.writeTextFileSync(gate, "");
  const { code, stdout, stderr } = await place.cli(
    "resume",
    "--detach",
    "--name",
    "again",
    journal,
  );
  assertEquals([code, stdout], [0, "again\n"], stderr);
  await until(() => Deno.readTextFileSync(journal).includes('"SUCCESS"'), "it is done");
});

const mayMakeFirst = succeeds("unshare", ["--pid", "--fork", "true"]);

testWith(
  "the first process of a container refuses --detach: the run would end with it",
  needs(LINUX, "unshare", { name: "the right to have a PID 1", isMet: mayMakeFirst }),
  async () => {
    await using place = new ControlPlace();
    const started = `${place.folder}/started`;
    const { command, args } = cliCommandLine([
      "run",
      "--detach",
      "-n",
      "1",
      "--",
      "touch",
      started,
    ]);
    const { code, stderr } = await new Deno.Command("unshare", {
      args: ["--pid", "--fork", command, ...args],
      env: place.env,
    }).output();
    assertEquals(code, 2);
    assertStringIncludes(new TextDecoder().decode(stderr), "executor: --detach cannot be used by");
    assertThrows(() => Deno.statSync(started), Deno.errors.NotFound);
  },
);

testWith(
  "a full disk is told by --detach, and no run starts",
  needs(MOUNT),
  async () => {
    await using place = new ControlPlace();
    const started = `${place.folder}/started`;
    await withSmallDisk("64k", async (folder) => {
      place.env.XDG_STATE_HOME = folder;
      Deno.mkdirSync(`${folder}/executor`);
      fillDisk(folder);
      const { code, stdout, stderr } = await place.cli(
        ...["run", "--detach", "-n", "1", "--", "touch", started],
      );
      assertEquals([code, stdout], [2, ""]);
      assertStringIncludes(stderr, "executor: --detach cannot write the log of the run: No space");
      assertEquals(Array.from(Deno.readDirSync(`${folder}/executor`)), []);
    });
    assertThrows(() => Deno.statSync(started), Deno.errors.NotFound);
  },
);
