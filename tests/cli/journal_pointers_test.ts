// The small files by which runs with a journal are found.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { JournalPointer, newestPointers } from "../../src/cli/journal_pointers.ts";
import { INITIAL_STATE } from "../../src/model/state.ts";
import { ControlPlace } from "../helpers/control.ts";
import { withFolder } from "../helpers/journal.ts";

function begin(folder: string, { journal, runId }: { journal: string; runId: string }): void {
  const pointer = JournalPointer.to(journal, folder);
  const started = { v: 2, t: 1, kind: "run-started", runId, name: runId } as const;
  // deno-lint-ignore no-explicit-any -- Other fields are not read.
  pointer?.report(started as any, INITIAL_STATE);
}

function found(folder: string, most = 1000): string[] {
  return newestPointers(folder, most).map(({ info }) => info.runId);
}

Deno.test("of several runs with a journal, the newest one counts, and only if the journal is there", async () => {
  await withFolder((folder) => {
    const journal = `${folder}/run.jsonl`;
    begin(`${folder}/state`, { journal, runId: "first" });
    assertEquals(found(`${folder}/state`), []);
    Deno.writeTextFileSync(journal, "");
    assertEquals(found(`${folder}/state`), ["first"]);
    Deno.utimeSync(`${folder}/state/journals/first.json`, 1, 1);
    begin(`${folder}/state`, { journal, runId: "second" });
    assertEquals(found(`${folder}/state`), ["second"]);
    assertEquals(Deno.statSync(`${folder}/state/journals/second.json`).mode! & 0o777, 0o600);
    // What is no pointer is left alone.
    Deno.writeTextFileSync(`${folder}/state/journals/other.json`, '{"info":1}');
    assertEquals(found(`${folder}/state`), ["second"]);
    return Promise.resolve();
  });
});

Deno.test("a record in the state folder, a relative path and a folder that cannot be written get no pointer", async () => {
  await withFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/run.jsonl`, "");
    begin(folder, { journal: `${folder}/run.jsonl`, runId: "record" });
    begin(folder, { journal: "run.jsonl", runId: "relative" });
    begin("/dev/null", { journal: `${folder}/run.jsonl`, runId: "nowhere" });
    assertEquals(found(folder), []);
    return Promise.resolve();
  });
});

Deno.test("the oldest pointers are removed if there are more than a hundred", async () => {
  await withFolder((folder) => {
    for (let index = 0; index <= 100; index++) {
      const runId = `${index}`;
      Deno.writeTextFileSync(`${folder}/${index}.jsonl`, "");
      begin(`${folder}/state`, { journal: `${folder}/${index}.jsonl`, runId });
      if (index < 100) Deno.utimeSync(`${folder}/state/journals/${runId}.json`, index, index);
    }
    const left = Array.from({ length: 50 }, (_, index) => `${100 - index}`);
    assertEquals(found(`${folder}/state`), left);
    assertEquals(found(`${folder}/state`, 2), ["100", "99"]);
    return Promise.resolve();
  });
});

Deno.test("a run with a journal of its own is known by its name after its end", async () => {
  await using place = new ControlPlace();
  const gate = `${place.folder}/gate`;
  const journal = `${place.folder}/run.jsonl`;
  const said = async (...args: string[]) => {
    const { code, stdout, stderr } = await place.cli(...args);
    assertEquals([code, stderr], [0, ""]);
    return stdout;
  };
  const script = "test -e $0 || { echo no $0; exit 3; }";
  const words = ["--journal", journal, "--", "sh", "-c", script, ":::", gate, "/"];
  await place.cli("run", "--name", "first", ...words);
  assertMatch(await said("ls"), /^first +failed +1\/2 50% +1 /m);
  const status = JSON.parse(await said("status", "first", "--json"));
  assertEquals([status.status, status.journal, status.record], ["failed", journal, journal]);
  assertEquals(await said("logs", "first"), `${gate}\tno ${gate}\n`);
  assertEquals(
    await said("wait", "first", "--until", "failed"),
    "first: failed (1 of 2 items done, 1 failed)\n",
  );
  assertEquals(await said("report", "first", "--format", "failed"), `${gate}\n`);
  Deno.writeTextFileSync(gate, "");
  assertStringIncludes(
    await said("resume", "fir", "--name", "second"),
    "2 done (1 before) of 2 items",
  );
  // The journal is now that of the second run.
  assertMatch(await said("ls"), /^NAME .*\nsecond +done +2\/2 100% [^\n]*\n$/);
  Deno.removeSync(journal);
  assertEquals(await said("ls"), "no run goes on, and none has left a record\n");
});

Deno.test("a run with a journal that was killed is known; one with --no-journal is not", async () => {
  await using place = new ControlPlace();
  const journal = `${place.folder}/run.jsonl`;
  const words = ["-n", "6", "-c", "1", "-w", "2", "--", "sleep", "60"];
  const { child } = await place.start(["--journal", journal, ...words], { name: "gone" });
  child.kill("SIGKILL");
  await child.status;
  await place.cli("run", "--no-journal", "--name", "bare", "-n", "1", "--", "false");
  const statuses = JSON.parse((await place.cli("ls", "--json")).stdout);
  assertEquals(
    statuses.map((
      { name, status, totalItems }: Record<string, unknown>,
    ) => [name, status, totalItems]),
    [["gone", "killed", 6]],
  );
  assertEquals((await place.cli("status", "bare")).code, 2);
});
