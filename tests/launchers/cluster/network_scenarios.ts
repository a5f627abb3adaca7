import { assert, assertEquals } from "@std/assert";
import { withFolder } from "../../helpers/journal.ts";
import { needs, testWith } from "../../helpers/needs.ts";
import { until } from "../../helpers/processes.ts";
import { Allocation } from "./allocation.ts";
import { BridgedNet } from "./net.ts";
import { SlurmCluster } from "./slurm_cluster.ts";
import { WAYS } from "./ways.ts";
import { assertAllDone, assertNothingCharged, record, witnessed } from "./witness.ts";

const needsNet = needs({
  name: "the right to make a network",
  isMet: await BridgedNet.isPossible(),
});

for (const way of WAYS) {
  testWith(
    `Slurm: a worker on a node that is cut off has ended before its range runs again (${way})`,
    needsNet,
    async () => {
      // The cluster is its owner.
      const net = await BridgedNet.up();
      await using cluster = await SlurmCluster.up(net);
      await using allocation = await Allocation.of(cluster, { way });
      await withFolder(async (folder) => {
        // The lock of the witness would tell of two at the same time; this one takes note of its own end, too.
        const work = `trap 'date "+$1 ended %s%3N" >>"$2/record"; exit 0' TERM; sleep 8 & wait`;
        const executor = allocation.conduct(
          ["-n", "6", "-c", "1", "-w", "6", "--lease", "3s", "--grace-period", "1s"],
          witnessed(folder, work),
          folder,
        );
        const begun = () => record(folder).filter((line) => line.endsWith("begin")).length;
        await until(() => begun() === 6, "all are at work", { patience: 20_000 });
        await until(() => executor.events("spawned").length === 6, "it knows where they are");
        const cutOff = executor.events("spawned").filter(({ node }) => node === "n2");
        assert(cutOff.length > 0);
        const cutAt = Date.now();
        await net.cut("n2");
        const { code, text } = await executor.end();
        assertEquals(code, 0, text);
        assertAllDone(folder, 6);
        assertNothingCharged(executor.journal);
        for (const { range } of cutOff) {
          const ended = record(folder).find((line) => line.startsWith(`${range} ended`))!;
          const again = executor.events("attempt-started").find((event) =>
            event.range === range && event.attempt === 2
          )!;
          const endedAt = Number(ended.split(" ")[2]);
          assert(endedAt > cutAt && endedAt < again.t, `${endedAt} of ${cutAt} to ${again.t}`);
          const places = executor.events("spawned").filter((event) => event.range === range);
          assert(places.at(-1)!.node !== "n2");
        }
      });
    },
  );
}
