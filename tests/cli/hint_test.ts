// The hint at the end of a run at what workers printed and nothing showed.
import { assertEquals, assertMatch } from "@std/assert";
import { cliCommandLine, runCli } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { inTerminal, shellLine } from "../helpers/pty.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";

const HINT = /workers printed .*/g;
const WORKER = [
  "--",
  "sh",
  "-c",
  'echo "out $0"; echo err >&2; echo PROGRESS: 1; printf end',
  "{start}",
];

/** Returns the hints of a run. */
async function hints(args: string[], worker = WORKER): Promise<string[]> {
  const { stdout, stderr } = await runCli(["run", ...args, ...worker]);
  return Array.from((stdout + stderr).matchAll(HINT), ([text]) => text);
}

Deno.test("lines that nothing shows are counted, once, at the end", async () => {
  assertEquals(await hints(["-n", "2", "-c", "1", "--reporter", "plain"]), [
    "workers printed 6 lines, not shown: --output ordered",
  ]);
  assertEquals(
    await hints(["-n", "1", "--output", "none", "--reporter", "plain"], ["--", "echo"]),
    [
      "workers printed 1 line, not shown: --output ordered",
    ],
  );
});

Deno.test("there is no hint if nothing was printed, or what was printed is shown or kept", async () => {
  const plain = ["-n", "2", "-c", "1", "--reporter", "plain"];
  assertEquals(await hints(plain, ["--", "sh", "-c", "echo PROGRESS: 1; echo MESSAGE: x"]), []);
  await withFolder(async (folder) => {
    const shown = [["-k"], ["--output", "live"], ["--show-log"], ["--log-dir", `${folder}/l`], [
      "--results",
      `${folder}/r`,
    ]];
    for (const args of shown) assertEquals(await hints([...plain, ...args]), [], `${args}`);
  });
  assertEquals(await hints(["-n", "2", "--reporter", "quiet"]), []);
  assertEquals(await hints(["-n", "2", "--reporter", "jsonl"]), []);
});

Deno.test("lines of a failure that is shown with them do not count", async () => {
  const args = ["-n", "2", "-c", "1", "-w", "1", "--reporter", "plain"];
  const worker = ["--", "sh", "-c", "echo one; echo two; exit $0", "{start}"];
  assertEquals(await hints(args, worker), ["workers printed 2 lines, not shown: --output ordered"]);
  assertEquals(await hints(args, ["--", "sh", "-c", "echo one; exit 1"]), []);
});

testWith("a run with the grid ends with the hint, too", needs(LINUX, "script"), async () => {
  const line = cliCommandLine(["run", "-n", "1", "--reporter", "grid", "--", "echo", "x"]);
  assertMatch(
    await inTerminal(shellLine([line.command, ...line.args])),
    /workers printed 1 line, not shown: --output ordered/,
  );
});
