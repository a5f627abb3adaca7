// What is said of reporters that cannot close, as nobody reads what they write.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { cliCommand } from "../helpers/cli.ts";
import { textOf } from "../helpers/files.ts";
import { until } from "../helpers/processes.ts";

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`${signal} ends a run that is over and whose events nobody reads, with a sentence`, async () => {
    const journal = `${await Deno.makeTempDir()}/journal.jsonl`;
    // More events than a pipe takes.
    const options = ["--reporter", "jsonl", "--grace-period", "200ms", "--journal", journal];
    const job = ["-n", "300", "-c", "1", "-w", "4"];
    const child = cliCommand(["run", ...job, ...options, "--", "true"]).spawn();
    await until(async () => (await textOf(journal)).includes('"run-ended"'), "the run is over");
    child.kill(signal);
    const { signal: ended } = await child.status;
    const stderr = await new Response(child.stderr).text();
    const written = await new Response(child.stdout).text();
    assertEquals([ended, written.includes("run-ended")], [signal, false]);
    assertStringIncludes(
      stderr,
      "executor: JsonlReporter failed: it had not closed when the run was stopped: the end of what it writes is missing\n",
    );
  });
}
