// Two runs of one job at the same time, such as from a copy of its journal: only one of them has the directories.
import { assertEquals } from "@std/assert";
import { cliCommand, runCli } from "../helpers/cli.ts";
import { eventsIn, withFolder } from "../helpers/journal.ts";
import { until } from "../helpers/processes.ts";

const QUIET = ["--reporter", "quiet", "--grace-period", "1s"];

for (const [flag, files] of [["--results", "results"], ["--log-dir", "logs"]] as const) {
  Deno.test(`${flag}: a second run is refused in one sentence while the first one goes on`, async () => {
    await withFolder(async (folder) => {
      const [journal, copy, out] = [`${folder}/j`, `${folder}/copy`, `${folder}/out`];
      const script = `echo item $0; until [ -e ${folder}/go ]; do sleep 0.02; done`;
      const args = ["run", "-n", "2", "-c", "1", "-w", "1", ...QUIET, flag, out];
      const command = ["--", "sh", "-c", script, "{start}"];
      const child = cliCommand([...args, "--journal", journal, ...command]).spawn();
      const ended = child.output();
      await until(() => {
        try {
          return eventsIn(journal, "attempt-started").length > 0;
        } catch {
          return false;
        }
      }, "the first run has begun");
      await Deno.copyFile(journal, copy);
      const again = [...args, "--journal", copy, "--resume", ...command];
      const second = await runCli(again);
      assertEquals([second.code, second.stdout, second.stderr], [
        2,
        "",
        `executor: ${flag} must be a directory that no other run writes at the same time: current value is "${out}" (it is being written by another run)\nTry \`executor run --help\`.\n`,
      ], files);
      await Deno.writeTextFile(`${folder}/go`, "");
      assertEquals((await ended).code, 0);
      const third = await runCli(again);
      assertEquals([third.code, third.stderr], [0, ""], "it is free then");
    });
  });
}
