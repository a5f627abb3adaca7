// Clients that ask for nothing: they have to leave, and never take the open files that the run needs for its workers.
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { RunHandle } from "@lambdawaker/executor";
import { INITIAL_STATE, type RunStartedEvent } from "@lambdawaker/executor/events";
import { ControlServer } from "../../../src/reporters/control/control_server.ts";
import { ControlError, RunConnection } from "../../../src/reporters/control/run_connection.ts";
import { cliCommandLine } from "../../helpers/cli.ts";
import { connectTo, ControlPlace } from "../../helpers/control.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";
import { withFolder } from "../../helpers/journal.ts";
import { LINUX, needs, testWith } from "../../helpers/needs.ts";
import { until } from "../../helpers/processes.ts";

const STARTED: RunStartedEvent = {
  ...{ kind: "run-started", v: 2, t: 0, runId: "1", totalItems: 1, ranges: 1, numWorkers: 1 },
  ...{ maxRetries: 0, retryFrom: "start" },
};

const connect = (path: string) => Deno.connect({ transport: "unix", path });

/** Connects, sends a text that is no whole request, and resolves when the run has greeted. */
async function connectIdle(path: string, text = ""): Promise<Deno.UnixConn> {
  const connection = await connect(path);
  await connection.write(new TextEncoder().encode(text));
  assert(await connection.read(new Uint8Array(1 << 16)) !== null);
  return connection;
}

Deno.test("a client without a request is dropped after five seconds, and one that has asked stays", async () => {
  await withFolder(async (folder) => {
    const clock = new FakeClock();
    const handle = { state: INITIAL_STATE } as RunHandle;
    const info = { runId: "1", name: "it", title: "it", pid: 1, startedAt: 0 };
    const server = ControlServer.open({ folder, info, handle, started: STARTED, clock });
    const path = `${folder}/1.sock`;
    const idle = [await connectIdle(path), await connectIdle(path, '{"id":1,"request":"st')];
    const [asking, watching] = [await RunConnection.open(path), await RunConnection.open(path)];
    await asking.request({ request: "state" });
    await watching.subscribe({ onState: () => {}, onEvent: () => {} });
    let dropped = 0;
    for (const connection of idle) {
      connection.read(new Uint8Array(1)).catch(() => null).then((read) => {
        if (read === null) dropped++;
      });
    }
    await clock.advance(4_000);
    assertEquals(dropped, 0);
    await clock.advance(1_000);
    await until(() => dropped === 2, "both are dropped");
    await clock.advance(600_000);
    for (const client of [asking, watching]) await client.request({ request: "state" });
    idle.push(await connectIdle(path));
    await server.close();
    assertEquals(clock.running, 0);
    await Promise.all([asking.closed, watching.closed]);
    for (const connection of idle) connection.close();
  });
});

testWith(
  "a run with few open files starts its workers, and answers, though many clients idle",
  needs(LINUX),
  async () => {
    await using place = new ControlPlace();
    const go = `${place.folder}/go`;
    const { command, args } = cliCommandLine([
      ...["run", "--name", "it", "-n", "6", "-w", "2", "-c", "1", "--"],
      ...["sh", "-c", `until [ -e ${go} ]; do sleep 0.05; done`],
    ]);
    const child = new Deno.Command("sh", {
      args: ["-c", 'ulimit -n 100; exec "$0" "$@"', command, ...args],
      env: place.env,
      stdout: "null",
      stderr: "null",
    }).spawn();
    const idle: Deno.UnixConn[] = [];
    try {
      await until(async () => await place.find("it") !== undefined, "the run can be reached");
      const run = { child, live: (await place.find("it"))! };
      await using watching = await connectTo(run);
      let last = "";
      await watching.subscribe({ onState: () => {}, onEvent: ({ kind }) => last = kind });

      // Those who have asked keep their places, and take no more than those.
      const asking: RunConnection[] = [];
      const fill = async () => {
        for (let count = 0; count < 60; count++) {
          const client = await connectTo(run);
          await client.request({ request: "state" });
          asking.push(client);
        }
      };
      await assertRejects(fill, ControlError, "has closed the connection");
      assertEquals(asking.length, 11);
      for (const client of asking) client.close();

      while (idle.length < 70) idle.push(await connect(run.live.socket));
      await using late = await connectTo(run);
      await late.request({ request: "state" });
      Deno.writeTextFileSync(go, "");
      assertEquals((await child.status).code, 0);
      await watching.closed;
      assertEquals(last, "run-ended");
    } finally {
      for (const connection of idle) connection.close();
      Deno.writeTextFileSync(go, "");
      await child.status;
    }
  },
);
