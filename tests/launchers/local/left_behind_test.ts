import { atBestOf } from "../../helpers/at_best_of.ts";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { describeLeft, noteBeginning } from "../../../src/launchers/local/left_behind.ts";
import { LINUX, needs, testWith } from "../../helpers/needs.ts";

/** Starts a process of a run, and ends it at the end of the scope. */
function startOf(
  runId: string,
  env: Record<string, string> = {},
): AsyncDisposable & { pid: number } {
  const child = new Deno.Command("sleep", {
    args: ["60"],
    env: { EXECUTOR_ATTEMPT_ID: `${runId}.0.1`, ...env },
  }).spawn();
  return {
    pid: child.pid,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

const NEEDS = needs(LINUX);
const leaders = new Set<number>();

testWith("a process that a run of a moment has left is described", NEEDS, async () => {
  const runId = crypto.randomUUID();
  const beginning = noteBeginning();
  await using left = startOf(runId);
  assertStringIncludes(
    await describeLeft({ runId }, { beginning, leaders }) ?? "",
    `sleep (pid ${left.pid})`,
  );
});

testWith("a process that a long run has left is described", NEEDS, async () => {
  const runId = crypto.randomUUID();
  await using left = startOf(runId);
  // Ids tell nothing about a run that began long ago.
  const beginning = { ...noteBeginning(), at: performance.now() - 60_000 };
  assertStringIncludes(
    await describeLeft({ runId }, { beginning, leaders }) ?? "",
    `(pid ${left.pid})`,
  );
  assertStringIncludes(await describeLeft({ runId }, { leaders }) ?? "", `(pid ${left.pid})`);
});

testWith(
  "a run that has left nothing has no note, and looks at what came after its beginning only",
  NEEDS,
  async () => {
    const runId = crypto.randomUUID();
    assertEquals(await describeLeft({ runId }, { beginning: noteBeginning(), leaders }), undefined);
    await using _earlier = startOf(runId);
    // If this process has no processor for long, or others start many processes, it looks at all.
    await atBestOf(5, async () => {
      const beginning = noteBeginning();
      assertEquals(await describeLeft({ runId }, { beginning, leaders }), undefined);
    });
  },
);

testWith("a process that a run has left is described after ids began anew", NEEDS, async () => {
  const runId = crypto.randomUUID();
  await using left = startOf(runId);
  const beginning = { at: performance.now(), lastId: 2 ** 30 };
  assertStringIncludes(
    await describeLeft({ runId }, { beginning, leaders }) ?? "",
    `(pid ${left.pid})`,
  );
});

testWith(
  "what another process of this machine has in the run was not left by this one",
  NEEDS,
  async () => {
    const runId = crypto.randomUUID();
    await using other = startOf(runId, { SAMPLE_PLACE: "10" });
    assertEquals(await describeLeft({ runId, place: "SAMPLE_PLACE=1" }, { leaders }), undefined);
    const described = await describeLeft({ runId, place: "SAMPLE_PLACE=10" }, { leaders });
    assertStringIncludes(described ?? "", `(pid ${other.pid})`);
  },
);
