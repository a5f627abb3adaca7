// The limit: parses each line of a file and drops the result.
import { TextLineStream } from "@std/streams/text-line-stream";

const start = performance.now();
using file = await Deno.open(Deno.args[0]!);
let count = 0;
const text = file.readable.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
for await (const line of text) count += JSON.parse(line).v;
if (count === 0) throw new Error("the file is empty");
console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000 }));
