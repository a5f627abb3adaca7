// A run over ssh has the usage of its workers, and keeps their limit of memory.
import { assert, assertEquals } from "@std/assert";
import { runCli } from "../../helpers/cli.ts";
import { withFolder } from "../../helpers/journal.ts";
import { LINUX, needs, testWith } from "../../helpers/needs.ts";
import { writeProgram } from "../../helpers/programs.ts";

/** A client that hands its words to a shell on this machine, as sshd does. */
const SSH = `#!/bin/sh
while [ $# -gt 0 ] && [ "$1" != -- ]; do shift; done
shift 2
exec /bin/sh -c "$*"
`;
const HOG = new URL("../../fixtures/memory_hog.py", import.meta.url).pathname;
const MB = 2 ** 20;

testWith(
  "workers over ssh have a usage in the table, and end at --memory",
  needs(LINUX, "python3", "setsid"),
  async () => {
    await withFolder(async (folder) => {
      await writeProgram(`${folder}/ssh`, SSH);
      const env = { PATH: `${folder}:${Deno.env.get("PATH")}` };
      const journal = `${folder}/j`;
      const hosts = ["--launcher", "ssh", "--hosts", "n1:2", "--grace-period", "1s"];
      const job = ["--memory", "80M", "--journal", journal, "--reporter", "plain"];
      const script =
        `[ "$1" = small ] && exec python3 ${HOG} 20 500; exec python3 ${HOG} 200 60000`;
      const worker = ["--", "sh", "-c", script, "sh", "{}", ":::", "small", "large"];
      const run = await runCli(["run", ...hosts, ...job, ...worker], { env });
      assertEquals(run.code, 1, run.stderr);
      assert(!run.stderr.includes("no effect"), run.stderr);
      const { stdout } = await runCli(["report", journal, "--format", "tsv"]);
      const [head = [], ...rows] = stdout.trim().split("\n").map((line) => line.split("\t"));
      const column = (name: string) => rows.map((row) => row[head.indexOf(name)]);
      assertEquals(column("status"), ["SUCCESS", "CRASHED"]);
      assertEquals(column("cause"), ["", "out-of-memory"]);
      const [small = NaN, large = NaN] = column("peak_rss").map(Number);
      assert(small > 20 * MB && small < 80 * MB && large > 80 * MB, `${small}, ${large}`);
      assert(column("cpu_seconds").every((seconds) => Number(seconds) > 0), stdout);
    });
  },
);
