// `executor resume --items` of a job whose items are combined from several lists.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { withFolder } from "../helpers/journal.ts";
import { allow, noted, noting, QUIET, runIn } from "../helpers/resumed.ts";

const SAID =
  "--items must be given 2 times: the items of the journal run.jsonl are combined from 2 lists, " +
  "and all of them must be given, in their order";

/** Runs a job of two lists that fails, and resumes it with others. */
async function resumeWith(
  given: readonly string[],
  { lists, input, isGone = false }: { lists: readonly string[]; input?: string; isGone?: boolean },
) {
  let result: { code: number; stderr: string; noted: string[] } | undefined;
  await withFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/list`, "1\n2\n");
    Deno.writeTextFileSync(`${folder}/letters`, "a\nb\nc\n");
    Deno.writeTextFileSync(`${folder}/numbers`, "1\n2\n3\n");
    const args = ["run", ...QUIET, "--", "sh", "-c", noting(), "sh", "{1}-{2}", ...lists];
    assertEquals((await runIn(folder, args, { input })).code, 1);
    Deno.removeSync(`${folder}/noted`);
    Deno.writeTextFileSync(`${folder}/noted`, "");
    if (isGone) Deno.removeSync(`${folder}/list`);
    allow(folder);
    const before = Deno.readTextFileSync(`${folder}/run.jsonl`);
    const { code, stderr } = await runIn(folder, ["resume", "run.jsonl", ...given]);
    if (code === 2) assertEquals(Deno.readTextFileSync(`${folder}/run.jsonl`), before);
    result = { code, stderr, noted: noted(folder) };
  });
  return result!;
}

const WORDS = [":::", "a", "b", ":::", "1", "2"];
const FILE = [":::", "a", "b", "::::", "list"];
const LINKED = [":::", "a", "b", "::::+", "list"];
const STDIN = [":::", "a", "b", "::::", "-"];

Deno.test("one list in the place of several is refused: the others would be dropped", async () => {
  for (const lists of [WORDS, FILE, LINKED, STDIN]) {
    const input = lists === STDIN ? "1\n2\n" : undefined;
    for (const count of [1, 3]) {
      // The items of a stdin that was read to its end are in the journal, and are no list any more.
      const some = lists === STDIN ? ", or the 1 that cannot be read again" : "";
      if (lists === STDIN && count === 1) continue;
      const given = Array(count).fill(["--items", "letters"]).flat();
      const { code, stderr, noted } = await resumeWith(given, { lists, input });
      assertEquals([code, stderr.split("\n")[0], noted], [2, `executor: ${SAID}${some}`, [""]]);
    }
  }
});

Deno.test("all lists can be replaced, and go together as before", async () => {
  const given = ["--items", "letters", "--items", "numbers"];
  const all = ["a", "b", "c"].flatMap((letter) => [1, 2, 3].map((each) => `${letter}-${each}`));
  assertEquals((await resumeWith(given, { lists: WORDS })).noted, all);
  assertEquals((await resumeWith(given, { lists: LINKED })).noted, ["a-1", "b-2", "c-3"]);
});

Deno.test("a list takes the place of the one that cannot be read again, and the others stay", async () => {
  const given = ["--items", "numbers"];
  const wanted = ["a", "b"].flatMap((letter) => [1, 2, 3].map((each) => `${letter}-${each}`));
  assertEquals((await resumeWith(given, { lists: FILE, isGone: true })).noted, wanted);
  assertEquals((await resumeWith(given, { lists: STDIN, input: "1\n2\n" })).noted, wanted);
  const { code, stderr } = await resumeWith([], { lists: FILE, isGone: true });
  assertEquals(code, 2);
  assertStringIncludes(stderr, "give the list, as in executor resume run.jsonl --items FILE");
});
