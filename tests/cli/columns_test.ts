// Columns of items: separators, CSV, and the one string that the values of several lists make.
import { assert, assertEquals, assertThrows } from "@std/assert";
import { joinValues, lineFormat, parseRecord, splitValues } from "../../src/cli/columns.ts";
import { UsageError } from "../../src/cli/errors.ts";
import { type ItemEnds, splitItems } from "../../src/cli/item_splitter.ts";
import { forSeeds, type Random } from "../helpers/random.ts";

const PIECES = ["a", "b", " ", "  ", "\\", "\\ ", '"', '""', ",", "\n", "\r\n", "\t", "é", ""];

function randomText(random: Random): string {
  return Array.from({ length: random.integer(6) }, () => random.pick(PIECES)).join("");
}

Deno.test("the values of several lists make one string, and no other values make the same", async () => {
  assertEquals(joinValues(["a", "1"]), "a 1");
  assertEquals(joinValues(["two words", "c:\\x", ""]), "two\\ words c:\\\\x ");
  assertEquals(splitValues("a"), ["a"]);
  assertEquals(splitValues(""), [""]);
  await forSeeds(3_000, (random) => {
    const values = Array.from({ length: 1 + random.integer(4) }, () => randomText(random));
    assertEquals(splitValues(joinValues(values)), values);
  });
});

Deno.test("a separator is a regular expression; blanks around a value are no part of it", () => {
  const split = (colsep: string, line: string) =>
    lineFormat({ colsep, csv: false })!.valuesOf(line);
  assertEquals(split(",", " a , b,,c "), ["a", "b", "", "c"]);
  assertEquals(split("\\t", "a b\tc\t"), ["a b", "c", ""]);
  assertEquals(split("\\|", "a|b"), ["a", "b"]);
  assertEquals(split("[;,]", "a;b,c"), ["a", "b", "c"]);
  assertEquals(split("(,)(;)?", "a,;b,c"), ["a", "b", "c"]);
  assertEquals(split(" +", "a   b c"), ["a", "b", "c"]);
  assertEquals(split("\\-", "a-b"), ["a", "b"]);
  assertEquals(split("\\ ", "a b"), ["a", "b"]);
  assertEquals(split("😀", "a😀b"), ["a", "b"]);
  assertEquals(split(",", "none"), ["none"]);
  assertEquals(split(",", ""), [""]);
  for (
    const wrong of ["(", "|", "a*", "$", "(?<=x", "(".repeat(20_000) + "a" + ")".repeat(20_000)]
  ) {
    assertThrows(() => lineFormat({ colsep: wrong, csv: false }), UsageError, `"${wrong}"`);
  }
});

const RECORDS: [record: string, fields: string[]][] = [
  ["a,b", ["a", "b"]],
  ["", [""]],
  [",", ["", ""]],
  ['"a,b",c', ["a,b", "c"]],
  ['"say ""hi""",x', ['say "hi"', "x"]],
  ['"",""', ["", ""]],
  ['"two\nlines",x', ["two\nlines", "x"]],
  [" a , b ", [" a ", " b "]],
  ['5" pipe,x', ['5" pipe', "x"]],
  ['"a"b,c', ["ab", "c"]],
  ['"open', ["open"]],
];

for (const [record, fields] of RECORDS) {
  Deno.test(`the record ${JSON.stringify(record)} of CSV has the fields ${fields.join("|")}`, () => {
    assertEquals(parseRecord(record), fields);
  });
}

/** Splits a text into items, in chunks of random sizes. */
async function split(text: string, ends: ItemEnds, random?: Random): Promise<string[]> {
  const bytes = new TextEncoder().encode(text);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = random === undefined ? bytes.length : 1 + random.integer(4);
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return await Array.fromAsync(splitItems(ReadableStream.from(chunks), ends));
}

const COMMA = 44;

Deno.test("records of CSV come back as they were written, whatever the chunks", async () => {
  await forSeeds(400, async (random) => {
    const rows = Array.from(
      { length: 1 + random.integer(4) },
      () => Array.from({ length: 1 + random.integer(3) }, () => randomText(random)),
    );
    const quoted = rows.map((row) => row.map((f) => `"${f.replaceAll('"', '""')}"`).join(","));
    const records = await split(quoted.join("\n") + "\n", { end: 10, delimiter: COMMA }, random);
    assertEquals(records.map((record) => parseRecord(record)), rows);
  });
});

Deno.test("lines are what a split at newlines yields, whatever the chunks", async () => {
  await forSeeds(400, async (random) => {
    const text = Array.from({ length: random.integer(9) }, () => randomText(random)).join("");
    const lines = text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    assertEquals(await split(text, { end: 10 }, random), lines);
    const kept = lines.filter((line) => !/^[ \t]*$/.test(line));
    assertEquals(await split(text, { end: 10, skipsBlank: true }, random), kept);
  });
});

Deno.test("CSV: line ends in quotes, CRLF, a byte order mark, and a quote that is not closed", async () => {
  const ends = { end: 10, delimiter: COMMA, skipsBlank: true, onCrlf: () => {}, onMark: () => {} };
  assertEquals(await split('a,"b\nc"\nd\n', ends), ['a,"b\nc"', "d"]);
  assertEquals(await split('a,"b\r\nc"\r\n\r\nd\r\n', ends), ['a,"b\r\nc"', "d"]);
  assertEquals(await split('\ufeff"a\n",b\nc\n', ends), ['"a\n",b', "c"]);
  assertEquals(await split('5" pipe\n6" pipe\n', ends), ['5" pipe', '6" pipe']);
  assertEquals(await split('x,""\ny\n', ends), ['x,""', "y"]);
  let error: unknown;
  await split('a\nb,"c\nd\n', ends).catch((e) => error = e);
  assert(error instanceof TypeError && /a quote in record 2 is not closed/.test(error.message));
});
