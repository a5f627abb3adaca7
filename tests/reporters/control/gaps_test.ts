// Clients that come and go at any time see every state of a run, from the first one that they got, whatever the order.
import { assert, assertEquals } from "@std/assert";
import type { RunHandle } from "@lambdawaker/executor";
import { INITIAL_STATE, reduce, type RunState } from "@lambdawaker/executor/events";
import { ControlServer } from "../../../src/reporters/control/control_server.ts";
import { RunConnection } from "../../../src/reporters/control/run_connection.ts";
import { snapshotOf } from "../../../src/reporters/control/snapshot.ts";
import { withFolder } from "../../helpers/journal.ts";
import { forSeeds } from "../../helpers/random.ts";
import { randomEvents } from "../../helpers/random_job.ts";

/** Returns a state as a client has it. */
function asSent(state: RunState): RunState {
  return JSON.parse(JSON.stringify(snapshotOf(state)));
}

Deno.test("no client misses a state or gets one twice", async () => {
  await withFolder(async (folder) => {
    await forSeeds(15, async (random, seed) => {
      const { events } = await randomEvents(random);
      let state = INITIAL_STATE;
      const handle = {
        get state() {
          return state;
        },
      } as RunHandle;
      const [started] = events;
      assert(started?.kind === "run-started");
      const runId = `${seed}`.padStart(12, "0");
      const info = { runId, name: "it", title: "it", pid: 1, startedAt: 0 };
      const server = ControlServer.open({ folder, info, handle, started });
      const all: RunState[] = [];
      const clients: { seen: RunState[]; connection: RunConnection }[] = [];
      const pending: Promise<unknown>[] = [];
      const join = async () => {
        const connection = await RunConnection.open(`${folder}/${runId}.sock`);
        const seen: RunState[] = [];
        clients.push({ seen, connection });
        await connection.subscribe({
          onState: (state) => seen.push(state),
          onEvent: (event) => seen.push(asSent(reduce(seen.at(-1)!, event))),
        });
      };
      for (const event of events) {
        state = reduce(state, event);
        all.push(asSent(state));
        server.report(event);
        if (random.integer(10) === 0) pending.push(join());
        // The others run now: connections are accepted, requests answered, and events read.
        for (let turns = random.integer(4); turns > 0; turns--) {
          await new Promise((resolve) => setTimeout(resolve));
        }
      }
      await Promise.all(pending);
      await server.close();
      await Promise.all(clients.map(({ connection }) => connection.closed));
      for (const { seen } of clients) {
        const expected = all.slice(all.length - seen.length);
        assertEquals(
          seen.map(({ pace: _, ...rest }) => rest),
          expected.map(({ pace: _, ...rest }) => rest),
        );
      }
    });
  });
});
