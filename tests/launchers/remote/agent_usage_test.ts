// What remote workers use: an agent tells it, and a limit of memory holds for them.
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { TaskConfig } from "@lambdawaker/executor";
import { agentIn, converse, inEachShell } from "../../helpers/agent.ts";
import { ofKind, runScript } from "../../helpers/run_job.ts";

const HOG = new URL("../../fixtures/memory_hog.py", import.meta.url).pathname;
const MB = 2 ** 20;

inEachShell("the processes of a worker are counted together", async (shell) => {
  const hog = `python3 ${HOG} 50 1500`;
  const result = await runScript(`setsid ${hog} & ${hog}; wait`, {}, { launcher: agentIn(shell) });
  const { usage } = ofKind(result, "attempt-ended")[0]!;
  assert(usage!.peakRss > 100 * MB && usage!.peakRss < 200 * MB, JSON.stringify(usage));
  assert(usage!.cpuSeconds >= 3 && usage!.cpuSeconds < 4, JSON.stringify(usage));
  assertEquals(result.summary.largest?.peakRss, usage!.peakRss);
});
