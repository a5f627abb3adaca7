import { assert, assertEquals } from "@std/assert";
import {
  encodeFrame,
  type Frame,
  FrameReader,
  Kind,
  textOf,
} from "../../../src/launchers/pilot/frames.ts";
import { Pilot } from "../../../src/launchers/pilot/pilot.ts";
import { WINDOW_BYTES } from "../../../src/launchers/pilot/window.ts";
import { testWith } from "../../helpers/needs.ts";
import { PILOT_NEEDS } from "../../helpers/pilots.ts";
import { isAlive, until } from "../../helpers/processes.ts";

/** A pilot in this process, and the executor that speaks with it. */
class Conversation {
  readonly pilot: Pilot;
  readonly frames: Frame[] = [];
  readonly #reader = new FrameReader();
  readonly #pipe = new TransformStream<Uint8Array, Uint8Array>(undefined, {
    highWaterMark: Infinity,
  });
  readonly #writer = this.#pipe.writable.getWriter();
  readonly runId = crypto.randomUUID();

  constructor({ lease = 2_000, gracePeriod = 1_000, settle = 0, window = WINDOW_BYTES } = {}) {
    this.pilot = new Pilot({
      input: this.#pipe.readable,
      write: (bytes) => {
        this.frames.push(...this.#reader.read(bytes.slice()));
        return Promise.resolve();
      },
    });
    const open = { runId: this.runId, gracePeriod, lease, settle, window };
    this.say(Kind.open, 0, JSON.stringify(open));
  }

  say(kind: Kind, worker?: number, payload?: string): void {
    this.#writer.write(encodeFrame(kind, worker, payload)).catch(() => {});
  }

  launch(worker: number, script: string): void {
    const env = { EXECUTOR_RUN_ID: this.runId, EXECUTOR_ATTEMPT_ID: crypto.randomUUID() };
    const command = { command: "sh", args: ["-c", script], cwd: "/", env };
    this.say(Kind.launch, worker, JSON.stringify(command));
  }

  async heard(kind: Kind, worker = 0): Promise<Frame> {
    let found: Frame | undefined;
    await until(() => {
      found = this.frames.find((frame) => frame.kind === kind && frame.worker === worker);
      return found !== undefined;
    }, `frame ${kind} of ${worker} comes`);
    return found!;
  }

  /** How many bytes of stdout have come from all workers. */
  get outputBytes(): number {
    return this.frames.filter(({ kind }) => kind === Kind.stdout)
      .reduce((sum, { payload }) => sum + payload.length, 0);
  }

  async close(): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.pilot.done;
  }
}

/** Defines a test of a pilot in this process. */
function pilotTest(name: string, test: () => Promise<void>): void {
  testWith(`pilot alone: ${name}`, PILOT_NEEDS, test);
}

pilotTest("without a word, the lease ends the workers, with the grace period", async () => {
  const executor = new Conversation();
  executor.launch(1, "trap 'echo asked; exit 0' TERM; echo on; while :; do sleep 0.05; done");
  const { pid } = JSON.parse(textOf(await executor.heard(Kind.started, 1)));
  await executor.pilot.done;
  assertEquals(isAlive(pid), false);
  const out = executor.frames.filter(({ kind }) => kind === Kind.stdout).map(textOf).join("");
  assertEquals(out, "on\nasked\n");
  const over = textOf(await executor.heard(Kind.over));
  assertEquals(over, "its lease expired: the executor did not reach it");
  await executor.close();
});

pilotTest("every word renews the lease", async () => {
  const executor = new Conversation();
  executor.launch(1, "exec sleep 60");
  await executor.heard(Kind.started, 1);
  const start = performance.now();
  while (performance.now() - start < 3_500) {
    executor.say(Kind.ping);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  assertEquals(executor.frames.some(({ kind }) => kind === Kind.over), false);
  await executor.close();
});

pilotTest("the lease waits while all workers are suspended", async () => {
  const executor = new Conversation();
  executor.launch(1, "exec sleep 60");
  const { pid } = JSON.parse(textOf(await executor.heard(Kind.started, 1)));
  executor.say(Kind.signal, 1, "SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  assert(isAlive(pid), "it is alive after two leases");
  executor.say(Kind.signal, 1, "SIGCONT");
  await executor.pilot.done;
  assertEquals(isAlive(pid), false);
  await executor.close();
});

pilotTest(
  "a worker that ended can be searched for, one that is not known is not alive",
  async () => {
    const executor = new Conversation();
    executor.launch(1, "exit 3");
    await executor.heard(Kind.exit, 1);
    executor.say(Kind.claimAll, 1);
    executor.say(Kind.search, 1);
    executor.say(Kind.search, 2);
    assertEquals((await executor.heard(Kind.searched, 1)).payload.length, 0);
    assertEquals((await executor.heard(Kind.searched, 2)).payload.length, 0);
    await executor.close();
  },
);

pilotTest(
  "what a failed worker left elsewhere ends with the lease, and not that of others",
  async () => {
    const executor = new Conversation();
    const script = "setsid sleep 60 >/dev/null 2>&1 & echo $!;";
    executor.launch(1, `${script} exit 1`);
    executor.launch(2, `${script} exit 0`);
    const pids = await Promise.all([1, 2].map(async (worker) => {
      await executor.heard(Kind.exit, worker);
      return Number(textOf(await executor.heard(Kind.stdout, worker)));
    }));
    await executor.pilot.done;
    assertEquals(pids.map(isAlive), [false, true]);
    Deno.kill(pids[1]!, "SIGKILL");
    await executor.close();
  },
);

pilotTest("what a failed worker left is left alone by a pilot that is dismissed", async () => {
  const executor = new Conversation();
  // It tells its id when it is in its session: in the group of the worker, it would end with that.
  const left = "setsid sh -c 'echo $$; exec >/dev/null 2>&1; exec sleep 60' &";
  executor.launch(1, `echo "$(${left})"; exit 1`);
  await executor.heard(Kind.exit, 1);
  const pid = Number(textOf(await executor.heard(Kind.stdout, 1)));
  executor.say(Kind.close);
  await executor.close();
  assert(isAlive(pid));
  Deno.kill(pid, "SIGKILL");
});

pilotTest("a worker that is suspended is killed with it, and does not wake up", async () => {
  const file = await Deno.makeTempFile();
  const executor = new Conversation({ gracePeriod: 10_000 });
  executor.launch(1, `trap '' TERM; echo on; while :; do echo . >> ${file}; sleep 0.02; done`);
  await executor.heard(Kind.stdout, 1);
  const { pid } = JSON.parse(textOf(await executor.heard(Kind.started, 1)));
  executor.say(Kind.signal, 1, "SIGSTOP");
  await until(() => stateOf(pid) === "T", "it is suspended");
  const written = await Deno.readTextFile(file);
  await executor.close();
  assertEquals(isAlive(pid), false);
  assertEquals(await Deno.readTextFile(file), written);
  await Deno.remove(file);
});

Deno.test("a pilot that nobody opens ends itself", async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const pilot = new Pilot({ input: readable, write: () => Promise.resolve(), openMs: 50 });
  await pilot.done;
  await writable.close();
});

/** The state of a process, as proc(5) has it: T if it is suspended. */
function stateOf(pid: number): string | undefined {
  return /^\d+ \(.*\) (\S)/s.exec(Deno.readTextFileSync(`/proc/${pid}/stat`))?.[1];
}

pilotTest("what is no frame ends it, and its workers", async () => {
  const executor = new Conversation();
  executor.launch(1, "exec sleep 60");
  const { pid } = JSON.parse(textOf(await executor.heard(Kind.started, 1)));
  executor.say(1 as Kind, 0xffffffff, "");
  await executor.close();
  assertEquals(isAlive(pid), false);
});

pilotTest("a worker that a signal of the engine has reached first counts as lost", async () => {
  const executor = new Conversation({ settle: 10_000 });
  executor.launch(1, "exec sleep 60");
  executor.launch(2, "exit 0");
  assertEquals(exitOf(await executor.heard(Kind.exit, 2)), { kind: "exited", code: 0 });
  const { pid } = JSON.parse(textOf(await executor.heard(Kind.started, 1)));
  Deno.kill(pid, "SIGTERM");
  await until(() => !isAlive(pid), "it has ended");
  executor.pilot.end("the engine asked it to end");
  executor.say(Kind.ping);
  const exit = exitOf(await executor.heard(Kind.exit, 1));
  assertEquals(exit, { kind: "lost", reason: "the engine asked it to end" });
  await executor.close();
});

pilotTest(
  "output that nobody takes is told to be missing when the pilot is asked to end",
  async () => {
    // The program writes whole blocks: in neither window, its last block has room.
    for (const window of [8_000, 100_000]) {
      const executor = new Conversation({ window });
      executor.launch(1, "exec head -c 500000 /dev/zero");
      const sent = () =>
        executor.frames.filter(({ kind }) => kind === Kind.stdout)
          .reduce((sum, { payload }) => sum + payload.length, 0);
      await until(() => sent() >= window, "the window is full");
      executor.pilot.end("the engine asked it to end");
      const end = textOf(await executor.heard(Kind.stdoutEnd, 1));
      assertEquals(end, "its pilot has ended before all of its output was sent");
      assertEquals(sent(), window);
      await executor.close();
    }
  },
);

function exitOf(frame: Frame): unknown {
  return JSON.parse(textOf(frame)).exit;
}
