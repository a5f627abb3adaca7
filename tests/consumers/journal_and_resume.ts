// Records a job, resumes it, and reads the record.
import { SubprocessExecutor } from "@lambdawaker/executor";
import { Journal, JournalError, readJournal } from "@lambdawaker/executor/journal";

const folder = new URL(`file://${await Deno.makeTempDir()}/`);
const journal = new URL("run.jsonl", folder);
const items = ["a", "b", "c"];
const run = (fails: string, resume: boolean) =>
  new SubprocessExecutor(
    { items, numWorkers: 2, logDir: new URL("logs", folder) },
    ({ item = "" }) => ["test", item, "!=", fails],
  ).run([], { journal: new Journal(journal, { resume }) });

const first = await run("b", false);
console.log(first.failures.map(({ items = [] }) => items.join()), first.exitCode);
try {
  await run("", false);
} catch (error) {
  console.log(error instanceof JournalError);
}
const second = await run("", true);
console.log(second.ok, second.attempts, second.resumedRanges);
let ended = 0;
for (const event of readJournal(journal)) if (event.kind === "run-ended") ended++;
const logs = Array.from(Deno.readDirSync(new URL("logs", folder)), ({ name }) => name);
console.log(ended, logs.filter((name) => name.endsWith(".log")).length);
await Deno.remove(folder, { recursive: true });
