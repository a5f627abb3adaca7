// The files of --events and --joblog: a run that is refused leaves them as they were.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { cliCommand, runCli } from "../helpers/cli.ts";
import { exists } from "../helpers/files.ts";
import { withFolder } from "../helpers/journal.ts";
import { until } from "../helpers/processes.ts";

const FILES = ["--events", "events", "--joblog", "log"];

/** Runs that are refused late: their options, and what is said of them. */
const REFUSED: [args: string, said: string][] = [
  ["--results busy -- true", "busy"],
  ["--journal written -- true", "written"],
  ["--journal written --resume -- true", "is being written by another run"],
  ["--journal old -- true", "exists already"],
  ["--journal old --resume -- false", "is the journal of another job"],
  ["--report /nowhere/r.html -- true", "--report must be a file that can be written"],
  ["--log-dir old -- true", "old"],
  ["-- no-such-program", "no-such-program"],
];

Deno.test("a run that is refused leaves the files of an earlier run, and makes none", async () => {
  await withFolder(async (cwd) => {
    const run = (...args: string[]) => runCli(["run", "-n", "2", ...args], { cwd });
    await run("--journal", "old", "--", "true");
    await run(...FILES, "--", "true");
    const [events, log] = ["events", "log"].map((name) => Deno.readTextFileSync(`${cwd}/${name}`));
    const busy = cliCommand([
      ...["run", "-n", "1", "--results", "busy", "--journal", "written"],
      ...["--", "sh", "-c", "echo >began; sleep 60"],
    ], { cwd }).spawn();
    await until(() => exists(`${cwd}/began`), "it runs");
    try {
      for (const [args, said] of REFUSED) {
        const options = ["--reporter", "quiet", ...FILES];
        const { code, stderr } = await run(...options, ...args.split(" "));
        assertEquals([code, args], [2, args], stderr);
        assertStringIncludes(stderr, said);
        assertEquals(Deno.readTextFileSync(`${cwd}/events`), events, args);
        assertEquals(Deno.readTextFileSync(`${cwd}/log`), log, args);
        const made = ["--reporter", "quiet", "--events", "new", "--joblog", "new-log"];
        assertEquals((await run(...made, ...args.split(" "))).code, 2);
        assertEquals([exists(`${cwd}/new`), exists(`${cwd}/new-log`)], [false, false], args);
      }
    } finally {
      busy.kill("SIGINT");
      await Promise.all([busy.status, busy.stdout.cancel(), busy.stderr.cancel()]);
    }
  });
});

Deno.test("a log of jobs that cannot be written leaves the file of the events", async () => {
  await withFolder(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/old`, "kept\n");
    await Deno.symlink("nothing", `${cwd}/link`);
    for (const events of ["old", "new", "link"]) {
      const args = ["--events", events, "--joblog", "/nowhere/log"];
      assertEquals((await runCli(["run", "-n", "1", ...args, "--", "true"], { cwd })).code, 2);
    }
    assertEquals(await Deno.readTextFile(`${cwd}/old`), "kept\n");
    const names = Array.from(Deno.readDirSync(cwd), ({ name }) => name).toSorted();
    assertEquals(names, ["link", "old"]);
  });
});

Deno.test("a run that is not refused empties the files of an earlier run", async () => {
  await withFolder(async (cwd) => {
    const read = (name: string) => Deno.readTextFileSync(`${cwd}/${name}`).trimEnd().split("\n");
    for (const count of [3, 2]) {
      const args = ["run", "-n", `${count}`, "-c", "1", "--reporter", "quiet", ...FILES];
      assertEquals((await runCli([...args, "--", "true"], { cwd })).code, 0);
      const kinds = read("events").map((line) => JSON.parse(line).kind);
      assertEquals(kinds.filter((kind) => kind === "run-started").length, 1);
      assertEquals([kinds[0], read("log").length], ["run-started", count + 1]);
    }
  });
});
