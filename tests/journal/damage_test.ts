// A journal that was cut or damaged is recovered or refused with a sentence, and never misread.
import { beginJournal } from "../../src/journal/journal.ts";
import { Journal, JournalError } from "@lambdawaker/executor/journal";
import { Recovery } from "../../src/journal/recovery.ts";
import type { RunEvent } from "@lambdawaker/executor";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { withFolder } from "../helpers/journal.ts";
import { forSeeds, type Random } from "../helpers/random.ts";
import { randomEvents } from "../helpers/random_job.ts";

type RunStarted = RunEvent & { kind: "run-started" };

interface Recovered {
  readonly done: readonly number[];
  readonly resumed: unknown;
}

/** What a run would start with after these events. */
function recover(events: readonly RunEvent[]): Recovered {
  const recovery = new Recovery();
  for (const event of events) recovery.take(event);
  recovery.end();
  return describe(recovery, events[0] as RunStarted | undefined);
}

function describe(recovery: Recovery, job: RunStarted | undefined): Recovered {
  if (job === undefined) return { done: [], resumed: undefined };
  recovery.plan(job, "start");
  const left = new Set(Array.from(recovery.outstanding("start"), ({ index }) => index));
  const done = Array.from({ length: job.ranges }, (_, index) => index)
    .filter((index) => !left.has(index));
  return { done, resumed: recovery.job && recovery.resumed("checkpoint") };
}

/** What a journal makes of a file, if it takes it; the file is as a run that then writes nothing would leave it. */
async function read(path: string, job: RunStarted): Promise<Recovered> {
  const journal = new Journal(path, { resume: true });
  const recovery = beginJournal(journal, { job, warn: (text) => assert(false, text) });
  await journal.close();
  return describe(recovery, job);
}

async function randomJournal(random: Random): Promise<{ events: RunEvent[]; job: RunStarted }> {
  const { events } = await randomEvents(random);
  return { events, job: events[0] as RunStarted };
}

const encode = (events: readonly RunEvent[]) =>
  events.map((event) => `${JSON.stringify(event)}\n`).join("");

Deno.test("a journal that is cut at any byte of its last two lines loses what was cut, no more", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    await forSeeds(25, async (random) => {
      const { events, job } = await randomJournal(random);
      const length = 1 + random.integer(events.length);
      const text = encode(events.slice(0, length));
      const from = encode(events.slice(0, Math.max(0, length - 2))).length;
      const bytes = new TextEncoder().encode(text);
      for (let cut = from; cut <= bytes.length; cut++) {
        await Deno.writeFile(path, bytes.subarray(0, cut));
        const kept = new TextDecoder().decode(bytes.subarray(0, cut)).split("\n");
        // A last line that lacks nothing but its newline is whole.
        const whole = kept.filter((line) => line.endsWith("}") && isJson(line)).length;
        const expected = recover(events.slice(0, whole));
        const actual = await read(path, job);
        assertEquals(actual.done, expected.done, `cut at ${cut}`);
        assertEquals(actual.resumed, expected.resumed, `cut at ${cut}`);
      }
    });
  });
});

Deno.test("a journal that was cut goes on in a line of its own", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    await forSeeds(10, async (random) => {
      const { events, job } = await randomJournal(random);
      const text = encode(events);
      const last = encode(events.slice(-1)).length;
      await Deno.writeTextFile(path, text.slice(0, text.length - random.integer(last)));
      const journal = new Journal(path, { resume: true });
      beginJournal(journal, { job, warn: (text) => assert(false, text) });
      journal.report(job, undefined as never);
      await journal.close();
      const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
      for (const line of lines) assert(isJson(line), line);
      assertEquals(JSON.parse(lines.at(-1)!).kind, "run-started");
    });
  });
});

const GARBAGE = [
  "garbage",
  "",
  "\0\0\0\0",
  "{}",
  "[]",
  "12",
  "null",
  '{"v":1}',
  '{"v":2}',
  '{"v":2,"kind":"unheard-of"}',
  '{"v":2,"kind":["run-ended"],"t":1}',
  '{"v":0,"t":1,"kind":"run-ended"}',
  '{"v":"2","t":1,"kind":"run-ended"}',
  '{"v":1,"t":1,"kind":"output-written","range":0}',
  '{"v":1,"t":1,"kind":"attempt-ended","worker":0,"range":0,"attempt":1,"status":"FAILED","reason":3,"progress":1}',
  '{"v":1,"t":1,"kind":"attempt-ended","worker":0,"range":0,"attempt":1,"status":"PENDING","progress":1}',
  '{"v":2,"t":1,"kind":"output-written","range":-1}',
  '{"v":2,"t":1,"kind":"range-ended"}',
  '{"v":2,"t":1,"kind":"run-stopping","how":"stop","cause":{"kind":["halt"]}}',
  '{"v":2,"t":1,"kind":"run-stopping","how":"stop","cause":{"kind":"signal","signal":"SIGUSR1"}}',
  '{"v":1,"t":1,"kind":"unheard-of"}',
  '{"v":1,"t":1,"kind":"range-ended"}',
  '{"v":1,"t":1,"kind":"range-ended","worker":0,"range":99999,"attempt":1,"status":"SUCCESS","startIndex":0,"endIndex":1,"nextIndex":1}',
  '{"v":1,"t":1,"kind":"attempt-ended","worker":0,"range":"0","attempt":1,"status":"SUCCESS","progress":1}',
  '{"v":1,"t":1,"kind":"attempt-ended","worker":0,"range":0,"attempt":1,"status":"DONE","progress":1}',
  '{"v":1,"t":1,"kind":"progress","worker":0,"range":0,"attempt":1,"done":-1}',
];

for (const garbage of GARBAGE) {
  Deno.test(`a journal with a line ${JSON.stringify(garbage)} in it is refused, and the line named`, async () => {
    await withFolder(async (folder) => {
      const path = `${folder}/run.jsonl`;
      await forSeeds(5, async (random) => {
        const { events, job } = await randomJournal(random);
        const lines = encode(events).trimEnd().split("\n");
        const at = random.integer(lines.length);
        const text = `${lines.toSpliced(at, 0, garbage).join("\n")}\n`;
        await Deno.writeTextFile(path, text);
        const journal = new Journal(path, { resume: true });
        const error = assertThrows(() => beginJournal(journal, { job, warn() {} }), JournalError);
        assert(error.message.includes(`line ${at + 1} `), error.message);
        assertEquals(await Deno.readTextFile(path), text, "nothing of it is lost");
      });
    });
  });
}

Deno.test("a journal of a newer version is refused by name", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    await Deno.writeTextFile(path, '{"v":3,"t":1,"kind":"something"}\n');
    const journal = new Journal(path, { resume: true });
    const job = { totalItems: 1, ranges: 1 };
    assertThrows(
      () => beginJournal(journal, { job, warn() {} }),
      JournalError,
      "line 1 was written by a newer version: its format is 3, and the newest that this version reads is 2",
    );
  });
});

Deno.test("a file that is no journal is refused, and left as it is", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/notes.txt`;
    for (const text of ["my notes", "my notes\n", '{"name":"x"}', "\x7fELF\0\0\n\n"]) {
      await Deno.writeTextFile(path, text);
      const journal = new Journal(path, { resume: true });
      const job = { totalItems: 1, ranges: 1 };
      assertThrows(() => beginJournal(journal, { job, warn() {} }), JournalError);
      assertEquals(await Deno.readTextFile(path), text);
    }
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

Deno.test("a line that was cut short and cancelled is left out, wherever it is", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    await forSeeds(10, async (random) => {
      const { events, job } = await randomJournal(random);
      const lines = encode(events).trimEnd().split("\n");
      const [line] = lines.slice(random.integer(lines.length));
      const cut = line!.slice(0, random.integer(line!.length));
      for (const text of [cut, line!, "\0\0", ""]) {
        const at = random.integer(lines.length + 1);
        const ends = ["\x18\n", "\x18\x18\n", ...(at === lines.length ? ["\x18"] : [])];
        for (const end of ends) {
          const [before, after] = [lines.slice(0, at), lines.slice(at)].map((some) =>
            some.map((one) => `${one}\n`).join("")
          );
          await Deno.writeTextFile(path, `${before}${text}${end}${after}`);
          const expected = recover(events);
          assertEquals((await read(path, job)).done, expected.done);
        }
      }
    });
  });
});

const HOSTILE: [title: string, line: string][] = [
  ["a long string", JSON.stringify({ v: 2, t: 1, kind: "run-started", runId: "x".repeat(1e6) })],
  ["a long kind", JSON.stringify({ v: 2, t: "x", kind: "k".repeat(1e6) })],
  ["a kind with control characters", JSON.stringify({ v: 2, t: "x", kind: "\x1b[2J\n" })],
  ["a nested value", `{"v":2,"t":${"[".repeat(1e5)}${"]".repeat(1e5)},"kind":"run-ended"}`],
  ["a nested object", `{"v":2,"t":${'{"a":'.repeat(1e5)}1${"}".repeat(1e5)},"kind":"run-ended"}`],
  ["a number that is infinite", '{"v":2,"t":1e999,"kind":"run-ended"}'],
  ["a version that is infinite", '{"v":1e999,"t":1,"kind":"run-ended"}'],
  ["many elements", JSON.stringify({ v: 2, t: Array(1e5).fill(1), kind: "run-ended" })],
];

for (const [title, line] of HOSTILE) {
  Deno.test(`a journal that holds ${title} is refused in one short line`, async () => {
    await withFolder(async (folder) => {
      const path = `${folder}/run.jsonl`;
      await Deno.writeTextFile(path, `${line}\n`);
      const journal = new Journal(path, { resume: true });
      const job = { totalItems: 1, ranges: 1 };
      const { message } = assertThrows(
        () => beginJournal(journal, { job, warn() {} }),
        JournalError,
      );
      assert(message.length < 500, `${message.length} characters`);
      assert(!/\p{Cc}/u.test(message), message);
    });
  });
}
