// Writes the journal of many ranges of `true`, by repeating the second range of a real run: make_journal.ts PATH RANGES.
import { writeAllSync } from "../../src/base/write_all.ts";
import { Journal, readJournal } from "@lambdawaker/executor/journal";
import { SubprocessExecutor } from "@lambdawaker/executor";

const [path = "", ranges = ""] = Deno.args;
const command = ["true"];
const total = Number(ranges);
await Deno.remove(path);
const executor = new SubprocessExecutor(
  { totalItems: 2, chunkSize: 1, numWorkers: 1 },
  () => command,
  { command },
);
await executor.run([], { journal: new Journal(path) });
const events = Array.from(readJournal(path));
const [started, ...others] = events;
const ofRange = others.filter((event) => "range" in event && event.range === 1);
const lines = ofRange.map((event) =>
  JSON.stringify(event).replace('"range":1', '"range":@').replace('.1.1"', '.@.1"')
);
const template = `${lines.join("\n")}\n`.replace(
  '"startIndex":1,"endIndex":2',
  '"startIndex":@,"endIndex":+',
)
  .replace(
    '"startIndex":1,"endIndex":2,"nextIndex":2',
    '"startIndex":@,"endIndex":+,"nextIndex":+',
  );
await Deno.writeTextFile(
  path,
  `${JSON.stringify({ ...started, totalItems: total, ranges: total })}\n`,
);
using file = await Deno.open(path, { append: true });
const encoder = new TextEncoder();
for (let first = 0; first < total; first += 10_000) {
  let text = "";
  for (let index = first; index < Math.min(total, first + 10_000); index++) {
    text += template.replaceAll("@", `${index}`).replaceAll("+", `${index + 1}`);
  }
  const bytes = encoder.encode(text);
  writeAllSync(file, bytes);
}
