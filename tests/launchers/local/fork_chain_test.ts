// The hunt for processes that start faster than a look at all of them.
import { assertEquals } from "@std/assert";
import { huntYoungest } from "../../../src/launchers/local/fork_chain.ts";
import { LINUX, needs, testWith } from "../../helpers/needs.ts";

/** Starts processes, and hunts right after each start, until the hunt finds one. Returns whether it has found any. */
async function hunt(
  attemptId: string,
  { env, starts }: { env: Record<string, string>; starts: number },
): Promise<boolean> {
  let hasFound = false;
  for (let start = 0; start < starts && !hasFound; start++) {
    const child = new Deno.Command("sleep", { args: ["60"], env }).spawn();
    // Others of this machine may start processes in the same moment.
    hasFound = huntYoungest(attemptId);
    if (!hasFound) child.kill("SIGKILL");
    assertEquals((await child.status).signal, "SIGKILL");
  }
  return hasFound;
}

for (const variable of ["EXECUTOR_ATTEMPT_ID", "EXECUTOR_OUTER_ATTEMPT_IDS"]) {
  testWith(`a hunt kills what has the id of the attempt in ${variable}`, needs(LINUX), async () => {
    const run = crypto.randomUUID();
    const env = {
      EXECUTOR_ATTEMPT_ID: `${run}.7.1`,
      [variable]: variable.includes("OUTER") ? `outer=x.0.1 outer=${run}.0.1` : `${run}.0.1`,
    };
    assertEquals(await hunt(`${run}.0.1`, { env, starts: 200 }), true);
    assertEquals(await hunt(`${run}.0.2`, { env, starts: 3 }), false);
  });
}
