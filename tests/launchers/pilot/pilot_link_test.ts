import { assert, assertEquals } from "@std/assert";
import { PilotLink } from "../../../src/launchers/pilot/pilot_link.ts";
import { BOOTSTRAP } from "../../../src/launchers/remote/agent.ts";
import { PILOT_NEEDS } from "../../helpers/pilots.ts";
import { testWith } from "../../helpers/needs.ts";

testWith("a pilot ends at once after a worker that could not be started", PILOT_NEEDS, async () => {
  const link = PilotLink.start({ command: "sh", args: BOOTSTRAP.slice(1) }, {
    ...{ runId: "run", node: "n1", gracePeriod: 10_000, lease: 10_000, deno: Deno.execPath() },
    warn: () => {},
    onLost: () => Promise.resolve(),
  });
  assertEquals(await link.ready, undefined);
  const worker = link.launch({ command: "no-such-program", args: [] });
  assertEquals((await worker.status).kind, "launch-failed");
  await Promise.all([worker.stdout.cancel(), worker.stderr.cancel()]);
  const start = performance.now();
  await link.close();
  assert(performance.now() - start < 5_000, `${performance.now() - start}`);
});
