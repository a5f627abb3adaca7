// The notice of a run in the background that it has started.
import { assertEquals, assertMatch } from "@std/assert";
import { reserveNotice, StartNotice, takeNotice } from "../../src/cli/start_notice.ts";
import type { RunEvent } from "../../src/model/events.ts";
import { INITIAL_STATE } from "../../src/model/state.ts";
import { withFolder } from "../helpers/journal.ts";

const SPAWNED: RunEvent = {
  v: 2,
  t: 1,
  kind: "spawned",
  worker: 0,
  range: 0,
  attempt: 1,
  pid: 1,
  argv: [],
};

Deno.test("a notice is written into the room that was taken for it", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/it`;
    reserveNotice(path);
    const warnings: string[] = [];
    const notice = new StartNotice(path, {
      name: "amber-fox",
      reachable: Promise.resolve(),
      warn: (text) => warnings.push(text),
    });
    notice.report(SPAWNED, INITIAL_STATE);
    await Promise.resolve();
    assertEquals([takeNotice(path), warnings], ["amber-fox", []]);
    assertEquals(Array.from(Deno.readDirSync(folder)), []);
  });
});

Deno.test("a notice that cannot be written is a warning, and the run goes on", async () => {
  const warnings: string[] = [];
  const notice = new StartNotice("/dev/null/it", {
    name: "it",
    reachable: Promise.resolve(),
    warn: (text) => warnings.push(text),
  });
  notice.report(SPAWNED, INITIAL_STATE);
  await Promise.resolve();
  assertEquals(warnings.length, 1);
  assertMatch(warnings[0]!, /^the command that began the run waits for its end, as /);
});
