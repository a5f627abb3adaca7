// The limit: reads the same pipes through TextLineStream, and counts lines. The programs lead sessions of their own, as workers
// do: Linux shares the processors among sessions.
import { TextLineStream } from "@std/streams/text-line-stream";

const [file = "", workers = "", lines = ""] = Deno.args;
const start = performance.now();
const counts = await Promise.all(Array.from({ length: Number(workers) }, async () => {
  const streams = { stdin: "null", stdout: "piped" } as const;
  const child = new Deno.Command("cat", { ...streams, args: [file], detached: true }).spawn();
  let count = 0;
  const read = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  for await (const _ of read) count++;
  await child.status;
  return count;
}));
const seconds = (performance.now() - start) / 1000;
const count = counts.reduce((sum, count) => sum + count, 0);
if (count !== Number(workers) * Number(lines)) throw new Error(`read wrongly: ${count} lines`);
console.log(JSON.stringify({ rate: count / seconds }));
