// Files that may not become larger (ulimit -f): that is told, and ends no program by a signal.
import { assertEquals, assertMatch } from "@std/assert";
import { cliCommandLine, runCli } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { needs, POSIX, testWith } from "../helpers/needs.ts";

/**
 * Runs the command with stdout in the file `out`, and files of 16 or 32 MiB at most: shells differ in the unit. Deno has a folder of
 * its own for caches: larger files of others would end it before it runs the command.
 */
async function runLimited(folder: string, args: string[]) {
  const { command, args: words } = cliCommandLine(args);
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-c", 'ulimit -f 32768; "$@" >out', "sh", command, ...words],
    cwd: folder,
    env: { XDG_STATE_HOME: "/dev/null", DENO_DIR: `${folder}/deno` },
    stdin: "null",
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

testWith("stdout that is cut off by a limit is output that is lost", needs(POSIX), async () => {
  await withFolder(async (folder) => {
    const job = ["run", "-n", "6", "-c", "1", "-w", "2", "-k", "--reporter", "quiet"];
    const { code, stderr } = await runLimited(folder, [...job, "--", "seq", "1000000"]);
    assertMatch(stderr, /output/);
    assertEquals(code, 1, stderr);
  });
});

testWith("a report that a limit cuts off is told, and is not there", needs(POSIX), async () => {
  await withFolder(async (folder) => {
    const items = Array.from({ length: 350 }, (_, item) => `${item}${"-".repeat(100_000)}\n`);
    await Deno.writeTextFile(`${folder}/items`, items.join(""));
    const journal = `${folder}/run.jsonl`;
    const job = ["run", "-a", `${folder}/items`, "--journal", journal, "--reporter", "quiet"];
    await runCli([...job, "--", "false"]);
    const words = ["report", journal, "--format", "failed", "-o", "failed.txt"];
    const { code, stderr } = await runLimited(folder, words);
    assertMatch(stderr, /failed\.txt cannot be written: /);
    assertEquals(code, 1, stderr);
    const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
    assertEquals(names, ["deno", "items", "out", "run.jsonl"]);
  });
});
