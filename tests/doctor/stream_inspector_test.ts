import { assertEquals } from "@std/assert";
import { StreamInspector } from "../../src/doctor/stream_inspector.ts";
import { settle } from "../helpers/fake_clock.ts";

Deno.test("new StreamInspector() reads nothing; start() does, and passes the bytes on", async () => {
  let pulls = 0;
  const source = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulls++;
      controller.enqueue(new TextEncoder().encode("PROGRESS: 1\nprogress: 2\n"));
      controller.close();
    },
  }, { highWaterMark: 0 });
  const inspector = new StreamInspector();
  await settle();
  assertEquals([source.locked, pulls], [false, 0]);
  const text = await new Response(inspector.start(source)).text();
  assertEquals([text, pulls], ["PROGRESS: 1\nprogress: 2\n", 1]);
  const { lines, signals, nearMisses } = await inspector.facts({ killed: false });
  assertEquals([lines, signals.counts.PROGRESS, nearMisses.counts.PROGRESS], [2, 1, 1]);
});

Deno.test("states of one line are one line, and text that is overwritten is none", async () => {
  const inspector = new StreamInspector();
  const states = Array.from({ length: 100 }, (_, index) => `\r${index} of 100`).join("");
  const bytes = new TextEncoder().encode(`${states}\nprogress: 1\rdone\nPROGRESS: 3\n`);
  await new Response(inspector.start(ReadableStream.from([bytes]))).bytes();
  const { lines, signals, nearMisses } = await inspector.facts({ killed: false });
  assertEquals([lines, signals.counts.PROGRESS, nearMisses.counts.PROGRESS], [3, 1, 0]);
});
