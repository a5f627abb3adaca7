// Retries by cause, as a person types them.
import { assertEquals } from "@std/assert";
import { runCli } from "../helpers/cli.ts";
import { eventsIn, withFolder } from "../helpers/journal.ts";

const attempts = (journal: string) => eventsIn(journal, "attempt-started").length;

Deno.test("--no-retry-on is recorded, and holds for a resumed run", async () => {
  await withFolder(async (folder) => {
    const journal = `${folder}/run.jsonl`;
    const options = ["-n", "1", "-r", "2", "--retry-delay", "1ms", "--reporter", "quiet"];
    const counts: number[] = [];
    for (
      const args of [
        [
          "run",
          ...options,
          "--no-retry-on",
          "3,oom",
          "--journal",
          journal,
          "--",
          "sh",
          "-c",
          "exit 3",
        ],
        ["resume", journal],
      ]
    ) {
      assertEquals((await runCli(args)).code, 1);
      counts.push(attempts(journal));
    }
    assertEquals(counts, [1, 2]);
    const { options: recorded } = eventsIn(journal, "run-started")[0]!;
    assertEquals(recorded?.noRetryOn, [3, "out-of-memory"]);
  });
});

Deno.test("--retry-on retries what it names, --temporary-retries what failed for a time", async () => {
  await withFolder(async (folder) => {
    for (
      const [index, [options, code, expected]] of ([
        [["-r", "2", "--retry-on", "3,timeout"], 3, 3],
        [["-r", "2", "--retry-on", "timeout,3"], 4, 1],
        [["--temporary-retries", "1"], 75, 2],
      ] as const).entries()
    ) {
      const journal = `${folder}/${index}.jsonl`;
      const run = ["run", "-n", "1", "--retry-delay", "1ms", "--reporter", "quiet", ...options];
      const { code: end } = await runCli([
        ...run,
        "--journal",
        journal,
        "--",
        "sh",
        "-c",
        `exit ${code}`,
      ]);
      assertEquals([attempts(journal), end], [expected, 1], options.join(" "));
    }
  });
});
