import { assert, assertEquals } from "@std/assert";
import { PILOT_NEEDS, startLink } from "../../helpers/pilots.ts";
import { testWith } from "../../helpers/needs.ts";

testWith("a pilot ends at once after a worker that could not be started", PILOT_NEEDS, async () => {
  const { link } = startLink({ gracePeriod: 10_000 });
  assertEquals(await link.ready, undefined);
  const worker = link.launch({ command: "no-such-program", args: [] });
  assertEquals((await worker.status).kind, "launch-failed");
  await Promise.all([worker.stdout.cancel(), worker.stderr.cancel()]);
  const start = performance.now();
  await link.close();
  assert(performance.now() - start < 5_000, `${performance.now() - start}`);
});
