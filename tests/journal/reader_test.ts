// The reader of a journal finds each line in its place, however the file is read in pieces.
import { assert, assertEquals, assertThrows } from "@std/assert";
import { JournalError, readJournal } from "@lambdawaker/executor/journal";
import { decodeEvent } from "../../src/journal/decode.ts";
import { readEntries } from "../../src/journal/reader.ts";
import { withFolder } from "../helpers/journal.ts";

const RUN = "0000000a-0000-4000-8000-000000000000";

/** The lines of a job of so many ranges, some of which are like many others. */
function linesOf(ranges: number): string[] {
  const lines = [{ v: 2, t: 1, kind: "run-started", runId: RUN, totalItems: ranges, ranges }]
    .map((event) => JSON.stringify({ ...event, numWorkers: 1, maxRetries: 0, retryFrom: "start" }));
  for (let range = 0; range < ranges; range++) {
    const ref = { v: 2, t: 1_000 + range, worker: range % 12, range, attempt: 1 };
    const span = { startIndex: range, endIndex: range + 1 };
    const attemptId = `${RUN}.${range}.1`;
    const events: object[] = [
      { ...ref, kind: "attempt-started", attemptId, ...span, maxAttempt: 1 },
      ...(range % 7 === 0 ? [{ ...ref, kind: "log", lines: ["ä".repeat(range % 1_000)] }] : []),
      { ...ref, kind: "attempt-ended", status: "SUCCESS", progress: 1 },
      { ...ref, kind: "range-ended", status: "SUCCESS", ...span, nextIndex: range + 1 },
    ];
    for (const event of events) lines.push(JSON.stringify(event));
  }
  return lines;
}

/** More than two of the pieces in which a file is read. */
const LINES = linesOf(6_000);

Deno.test("every line of a long journal is read as JSON has it, with its place", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/j`;
    for (const ending of ["\n", ""]) {
      await Deno.writeTextFile(path, LINES.join("\n") + ending);
      using file = await Deno.open(path);
      let [count, end] = [0, 0];
      for (const entry of readEntries(file, path)) {
        const text = LINES[count++]!;
        const isWhole = count < LINES.length || ending !== "";
        end += new TextEncoder().encode(text).length + (isWhole ? 1 : 0);
        // Not assertEquals(): it takes long for so many.
        assert(JSON.stringify(entry.event) === JSON.stringify(decodeEvent(text)), text);
        assert(entry.line === count && entry.end === end && entry.isWhole === isWhole, text);
      }
      assertEquals([count, end], [LINES.length, (await Deno.stat(path)).size]);
      assert(end > 2 << 20, `${end} bytes`);
    }
  });
});

Deno.test("a broken line of a long journal is told by its number, wherever it is", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/j`;
    for (let at = 10; at < LINES.length; at += 1_999) {
      for (
        const [from, to] of [[/"worker":\d+/, '"worker":-1'], ["}", ""], [
          /"range":/,
          '"rang\\n":',
        ]] as const
      ) {
        const broken = LINES[at]!.replace(from, to);
        await Deno.writeTextFile(path, `${LINES.with(at, broken).join("\n")}\n`);
        const error = assertThrows(() => Array.from(readJournal(path)), JournalError);
        assert(
          error.message.startsWith(`${path} cannot be read as line ${at + 1} `),
          error.message,
        );
      }
    }
  });
});
