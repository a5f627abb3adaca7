import { assert, assertEquals } from "@std/assert";
import { python, pythonFor } from "../../bench/peers.ts";
import { LINUX, needs, POSIX, testWith } from "../helpers/needs.ts";
import { collecting, figuresOf, program } from "../../bench/process.ts";

/** Runs a program and checks that it prints these figures, all of them positive numbers. */
async function assertFigures(argv: readonly string[], names: readonly string[]): Promise<void> {
  const figures = await figuresOf(argv);
  assertEquals(Object.keys(figures).sort(), names.toSorted());
  for (const [name, figure] of Object.entries(figures)) {
    assert(Number.isFinite(figure) && figure > 0, `${name}: ${figure}`);
  }
}

Deno.test("growth: the last tenth is told as a share of the second", async () => {
  const argv = collecting(program("growth_ours", "2000"));
  await assertFigures(argv, ["cpu", "cpuUs", "megabytes", "memory", "time"]);
});

Deno.test("crowd: the time of an event and the memory of a worker are told", async () => {
  const argv = program("crowd_ours", "200", "100", "3");
  await assertFigures(argv, ["cpuUs", "kilobytes", "us"]);
});

Deno.test("resident: rate, CPU time and memory are told", async () => {
  const python = await pythonFor();
  const argv = collecting(program("resident_ours", "500", python!));
  await assertFigures(argv, ["cpuUs", "megabytes", "memory", "rate", "treeCpuUs"]);
  const { cpuUs, treeCpuUs } = await figuresOf(argv);
  assert(cpuUs! < treeCpuUs!, "the tree has eight workers, too");
});

Deno.test("resident: each library of Python that is installed does the work", async () => {
  const libraries = {
    multiprocessing: undefined,
    "concurrent.futures": undefined,
    joblib: "joblib",
  };
  for (const [library, needs] of Object.entries(libraries)) {
    const peer = await python("imap", { needs });
    // The table shows a library that is not there as missing.
    if (peer === undefined) assertEquals(library, "joblib");
    else await assertFigures([...peer, library, "100"], ["rate"]);
  }
});

Deno.test("a peer in Python that needs a module which nobody has is not there", async () => {
  assertEquals(await python("imap", { needs: "no_module_has_this_name" }), undefined);
});

testWith("pilots: what made-up workers cost is told", needs(LINUX), async () => {
  const python = await pythonFor();
  const argv = program("pilots_ours", python!, "2", "3", "10", "1", "20");
  await assertFigures(argv, [
    "cpuUs",
    "events",
    "megabytes",
    "percent",
    "processes",
    "rate",
    "silentPercent",
    "stopMegabytes",
  ]);
});

testWith(
  "steps: the rate of launches through pilots and agents is told",
  needs(POSIX, "setsid"),
  async () => {
    for (const way of ["pilots", "agents"]) {
      await assertFigures(program("launches_ours", way, "2", "4", "20"), ["rate"]);
    }
  },
);
