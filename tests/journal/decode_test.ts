// The decoder and the schema are generated from the same types: what one refuses, the other refuses, too.
import { JournalError } from "@lambdawaker/executor/journal";
import type { RunEvent } from "@lambdawaker/executor";
import { assertEquals, assertThrows } from "@std/assert";
import { Ajv2020 } from "npm:ajv@8.17.1/dist/2020.js";
import schema from "../../docs/events.schema.json" with { type: "json" };
import { decodeEvent } from "../../src/journal/decode.ts";
import { forSeeds, type Random } from "../helpers/random.ts";
import { randomEvents } from "../helpers/random_job.ts";

const validate = new Ajv2020({ discriminator: false, allowUnionTypes: true }).compile(schema);

type Fields = Record<string, unknown>;

const VALUES: readonly unknown[] = [
  ...[undefined, null, true, 0, 1, -1, 0.5, 2 ** 60, "", "0", "SUCCESS", "PENDING", "kill"],
  ...[[], [1], ["x"], {}, { kind: "exited" }, { kind: "exited", code: 1 }, { kind: "abort" }],
  ...[{ counts: { SUCCESS: 1 }, doneItems: 1 }, { range: 0, startIndex: 0, endIndex: 1 }],
];

function damageable(event: Fields): string[] {
  return Object.keys(event).filter((name) => name !== "v" && name !== "kind");
}

/** An event with a field, at any depth, that has another value. */
function damage(event: Fields, random: Random): Fields {
  const name = random.pick(damageable(event));
  const value = event[name];
  const isNested = typeof value === "object" && value !== null &&
    damageable(value as Fields).length > 0;
  const damaged = isNested && random.pick([true, false])
    ? damage(value as Fields, random)
    : random.pick(VALUES);
  const copy = Array.isArray(event) ? event.slice() : { ...event };
  return Object.assign(copy, { [name]: damaged }) as Fields;
}

function isDecoded(line: string): boolean {
  try {
    decodeEvent(line);
    return true;
  } catch (error) {
    if (error instanceof JournalError) return false;
    throw error;
  }
}

Deno.test("a damaged event is refused by the decoder if the schema refuses it, and only then", async () => {
  let refused = 0;
  await forSeeds(60, async (random) => {
    const { events } = await randomEvents(random, { ofItems: random.pick([true, false]) });
    for (const event of events as unknown as Fields[]) {
      const line = JSON.stringify(damage(event, random));
      // The schema knows no numbers that are too large to be exact, and no fields but those of today.
      if (line.includes("1152921504606847")) continue;
      const isValid = validate(JSON.parse(line)) ||
        validate.errors!.every(({ keyword }) => keyword === "additionalProperties");
      if (!isValid) refused++;
      assertEquals(isDecoded(line), isValid, line);
    }
  });
  assertEquals(refused > 200, true, `${refused} were refused`);
});

const ref = { v: 2, t: 1, worker: 0, range: 0, attempt: 1 } as const;
const FAULTS: [event: unknown, message: string][] = [
  [
    { ...ref, kind: "progress", done: -1 },
    "done must be a whole number, 0 or more: current value is -1",
  ],
  [{ ...ref, attempt: 0, kind: "progress", done: 1 }, "attempt must be a whole number, 1 or more"],
  [{ ...ref, kind: "progress", done: 1, share: 2 }, "share must be a number from 0 to 1"],
  [{ ...ref, kind: "log", lines: ["a", 1] }, "lines[1] must be a string: current value is 1"],
  [{ ...ref, kind: "status", status: "DONE" }, 'or "FINISHED": current value is "DONE"'],
  [
    {
      v: 2,
      t: 1,
      kind: "items-read",
      totalItems: 1,
      ranges: 1,
      resumed: { counts: { SUCCESS: -1 } },
    },
    "resumed.counts.SUCCESS must be a whole number, 0 or more: current value is -1",
  ],
  [
    { v: 2, t: 1, kind: "run-stopping", how: "stop", cause: { kind: 3 } },
    "cause.kind must be a string",
  ],
  [{ v: 2, kind: "run-ended" }, "has an event run-ended whose t must be a number, 0 or more"],
  [{ v: 2, t: 1, kind: "run-paused", range: 1 }, "worker must be a whole number"],
];

for (const [event, message] of FAULTS) {
  Deno.test(`decodeEvent() names what is wrong with ${JSON.stringify(event)}`, () => {
    assertThrows(() => decodeEvent(JSON.stringify(event)), JournalError, message);
  });
}

const RUN = "0000000a-0000-4000-8000-000000000000";
const runStarted = {
  ...{ v: 2, t: 1, kind: "run-started", runId: RUN, totalItems: 1, ranges: 1, numWorkers: 1 },
  ...{ maxRetries: 0, retryFrom: "start" },
};
const spawned = { ...ref, kind: "spawned", pid: 1, argv: ["true"] };
const started = { ...ref, kind: "attempt-started", startIndex: 0, endIndex: 1, maxAttempt: 1 };
const NAMES: [event: object, field: string][] = [
  ...["", "a", "a b", "../x", "a;b", "$(id)", ".*", "-e", `${RUN}\n`, `x'${RUN}`].map((runId) =>
    [{ ...runStarted, runId }, "runId"] as [object, string]
  ),
  ...["", "a.0.1", `${RUN}.0`, `${RUN}.0.1.2`, `${RUN}.0/../1.1`, `${RUN}.00.1`, "a;b.0.1"].map((
    attemptId,
  ) => [{ ...started, attemptId }, "attemptId"] as [object, string]),
  ...["", "-oProxyCommand=x", "a b", "a\0"].map((node) =>
    [{ ...spawned, node }, "node"] as [object, string]
  ),
  ...["", "1; x", "$(id)", "-9"].map((engineId) =>
    [{ ...spawned, engineId }, "engineId"] as [object, string]
  ),
  [{ ...runStarted, directory: "" }, "directory"],
  [{ ...runStarted, directory: "a\0b" }, "directory"],
  [{ ...runStarted, sources: [{ kind: "file", path: "", separator: "\n" }] }, "sources[0].path"],
  [{ ...runStarted, sources: [{ kind: "file", path: "a", separator: "," }] }, "separator"],
  [{ ...runStarted, sources: [{ kind: "sql" }] }, "sources[0].kind"],
  [{ ...runStarted, options: { retries: null } }, "options.retries"],
  [{ ...runStarted, options: { haltOn: { how: ["drain"] } } }, "options.haltOn.how"],
  [{ ...runStarted, options: { slurmArgs: ["a", {}] } }, "options.slurmArgs[1]"],
  [
    { ...ref, kind: "attempt-ended", status: "SUCCESS", progress: 1, logFile: "" },
    "logFile",
  ],
];

for (const [event, field] of NAMES) {
  Deno.test(`an event with ${JSON.stringify(event)} is refused by its ${field}`, () => {
    const line = JSON.stringify(event);
    assertThrows(() => decodeEvent(line), JournalError, `${field} must be`);
    assertEquals(validate(event), false, "the schema refuses it, too");
  });
}

Deno.test("an event of a kind that a later version added to the format is ignored", () => {
  const event = { v: 2, t: 1, kind: "worker-moved", range: "any" };
  assertEquals(decodeEvent(JSON.stringify(event)), undefined);
  assertThrows(() => decodeEvent('{"v":2,"kind":"worker-moved"}'), JournalError, "t must be");
  assertThrows(() => decodeEvent('{"v":1,"t":1,"kind":"worker-moved"}'), JournalError);
});

Deno.test("fields that an event does not have in this version are kept", () => {
  const event = { ...ref, kind: "progress", done: 1, more: "x" } as unknown as RunEvent;
  assertEquals(decodeEvent(JSON.stringify(event)), event);
});
