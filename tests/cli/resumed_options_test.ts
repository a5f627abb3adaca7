// Options of a resumed run, made of those of its journal and those that are given.
import { assertEquals } from "@std/assert";
import { resumedOptions } from "../../src/cli/resumed_options.ts";

Deno.test("workers that come home from other hosts leave the options of those out, and keep the rest", () => {
  const recorded = { launcher: "ssh", hosts: "a:1,b:1", launcherArg: ["-v"], maxRetries: 2 };
  const { options, notes } = resumedOptions(recorded, { launcher: "local" });
  assertEquals(options, { launcher: "local", maxRetries: 2 });
  assertEquals(notes, [
    "--hosts of the journal is left out: it must be used with --launcher ssh",
    "--launcher-arg of the journal is left out: it must be used with --launcher slurm or ssh",
  ]);
});

Deno.test("an option that another launcher needs as well is kept", () => {
  const recorded = { launcher: "ssh", launcherArg: ["-v"] };
  const { options, notes } = resumedOptions(recorded, { launcher: "slurm" });
  assertEquals([options, notes], [{ launcher: "slurm", launcherArg: ["-v"] }, []]);
});

Deno.test("what a command gets its items by is never left out", () => {
  for (const field of ["stdin", "resident"]) {
    const { options, notes } = resumedOptions({ [field]: true }, { launcher: "slurm" });
    assertEquals([options, notes], [{ [field]: true, launcher: "slurm" }, []]);
  }
});

Deno.test("a tag of the journal is left out if nothing prints lines, and only then", () => {
  const recorded = { output: "ordered", tag: true };
  const { options, notes } = resumedOptions(recorded, { output: "none" });
  assertEquals(options, { output: "none" });
  assertEquals(notes, [
    "--tag of the journal is left out: no lines are printed that it could begin",
  ]);
  for (const given of [{}, { output: "live" }, { output: "none", showLog: true }]) {
    assertEquals(resumedOptions(recorded, given).options, { ...recorded, ...given });
  }
  // One that is given with it is refused, as in a command line.
  assertEquals(resumedOptions({}, { output: "none", tag: "x" }).options.tag, "x");
});
