// What a flood of signals costs, against the bare line splitter that it is read with.
import { TextLineStream } from "@std/streams/text-line-stream";
import { CappedLines } from "../src/capped_lines.ts";
import { systemClock } from "../src/clock.ts";
import { Transcript } from "../src/transcript.ts";

const LINES = 200_000;
const CHUNK_BYTES = 65_536;
const flood = new TextEncoder().encode(
  Array.from({ length: LINES }, (_, index) => `PROGRESS: ${index}\n`).join(""),
);

function chunks(): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= flood.length) return controller.close();
      controller.enqueue(flood.slice(at, at += CHUNK_BYTES));
    },
  });
}

Deno.bench(`bare TextLineStream, ${LINES} lines`, { group: "lines", baseline: true }, async () => {
  let count = 0;
  const lines = chunks().pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  for await (const _line of lines) count++;
  if (count !== LINES) throw new Error(`${count} lines`);
});

Deno.bench(`cap, protocol and transcript, ${LINES} lines`, { group: "lines" }, async () => {
  using transcript = new Transcript({ size: LINES, clock: systemClock, emit() {} });
  await new CappedLines(chunks()).forEach((line) => transcript.line(line));
  if (transcript.progress !== LINES - 1) throw new Error(`${transcript.progress} lines`);
});
