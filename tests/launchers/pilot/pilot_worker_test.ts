import { assertEquals, assertRejects } from "@std/assert";
import { FrameWriter } from "../../../src/launchers/pilot/frame_writer.ts";
import { PilotWorker } from "../../../src/launchers/pilot/pilot_worker.ts";
import { CutOutputError } from "../../../src/launchers/losses.ts";

function startWorker(): PilotWorker {
  return new PilotWorker({
    worker: 1,
    command: { command: "true", args: [], cwd: "/" },
    writer: new FrameWriter(() => Promise.resolve(), () => {}),
    window: 262_144,
    pilot: { node: "n1", pid: 1 },
    fence: 1_000,
    onOver: () => {},
  });
}

Deno.test("a connection that breaks before all output of a worker has come cuts its stream off", async () => {
  const worker = startWorker();
  worker.onStarted(7);
  worker.onOutput("stdout", new TextEncoder().encode("first"));
  worker.onOutputEnd("stderr");
  worker.onExit({ exit: { kind: "exited", code: 0 }, isAlive: false });
  worker.onCut();
  assertEquals(await worker.status, { kind: "exited", code: 0 });
  const reader = worker.stdout.getReader();
  assertEquals(new TextDecoder().decode((await reader.read()).value), "first");
  const broken = "the connection to its node ended before all of its output had come";
  await assertRejects(() => reader.read(), CutOutputError, broken);
  assertEquals(await new Response(worker.stderr).text(), "");
});

Deno.test("a pilot that could not send all output of a worker cuts its stream off", async () => {
  const worker = startWorker();
  worker.onStarted(7);
  worker.onExit({ exit: { kind: "exited", code: 0 }, isAlive: true });
  worker.onOutputEnd("stdout", "not all was sent");
  const reader = worker.stdout.getReader();
  await assertRejects(() => reader.read(), CutOutputError, "not all was sent");
});

Deno.test("a worker whose pilot is lost has output that ends, as it runs again", async () => {
  const worker = startWorker();
  worker.onStarted(7);
  worker.onOutput("stdout", new TextEncoder().encode("first"));
  worker.onLost("no contact");
  assertEquals(await worker.status, { kind: "lost", reason: "no contact" });
  assertEquals(await new Response(worker.stdout).text(), "first");
  assertEquals(worker.groupIsAlive(), false);
});
