// The end of runs that cannot write the last of what they have to say, as nobody reads it.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { cliCommand } from "../helpers/cli.ts";
import { textOf } from "../helpers/files.ts";
import { signalIfThere, until } from "../helpers/processes.ts";

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

for (const output of ["ordered", "live"]) {
  Deno.test(`SIGTERM ends a run whose stderr nobody reads, though it still has a warning: --output ${output}`, async () => {
    const journal = `${await Deno.makeTempDir()}/journal.jsonl`;
    const options = ["--reporter", "quiet", "--grace-period", "200ms", "--journal", journal];
    // More than a pipe takes.
    const script = "head -c 20000 /dev/zero | tr '\\0' x >&2; echo >&2";
    const command = [
      "run",
      "-n",
      "20",
      "-c",
      "1",
      ...options,
      "--output",
      output,
      "--",
      "sh",
      "-c",
    ];
    const child = cliCommand([...command, script], { stdout: "null" }).spawn();
    let ended: Deno.CommandStatus | undefined;
    const ending = child.status.then((status) => ended = status);
    try {
      await until(
        async () => (await textOf(journal)).split('"range-ended"').length > 20,
        "the work is done",
      );
      child.kill("SIGTERM");
      await until(() => ended !== undefined, "it has ended");
    } finally {
      signalIfThere(child, "SIGKILL");
      await Promise.all([ending, child.stderr.cancel()]);
    }
    assertEquals(ended?.signal, "SIGTERM");
  });
}
