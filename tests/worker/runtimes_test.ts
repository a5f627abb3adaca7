// The worker API in the runtimes that workers are written for.
import { assertEquals, assertMatch } from "@std/assert";
import { needs, testWith } from "../helpers/needs.ts";
import { runJob } from "../helpers/run_job.ts";
import { WORKER_MODULES } from "../helpers/sdk_workers.ts";
import { transpile } from "../helpers/transpile.ts";

const PROGRAM = `
import { message, progress, status, TaskStatus } from "./src/worker.js";
console.log("plain");
message("two\\nlines");
for (let done = 1; done <= 2000; done++) progress(done);
status(TaskStatus.FINISHED);
try { progress(-1); } catch (error) { console.log(error.message); }
`;

for (const runtime of ["deno", "node", "bun"]) {
  const options = needs(runtime);
  testWith(`a worker of ${runtime} reports in the order of its calls`, options, async () => {
    const folder = await Deno.makeTempDir();
    await transpile(folder, WORKER_MODULES);
    await Deno.writeTextFile(`${folder}/main.js`, PROGRAM);
    const { summary, events } = await runJob(
      { totalItems: 2000, numWorkers: 1 },
      () => [runtime, `${folder}/main.js`],
    );
    assertEquals(summary.failures, []);
    assertEquals(summary.counts.FINISHED, 1);
    assertEquals(summary.malformed + summary.anomalies, 0);
    assertEquals(events.findLast(({ kind }) => kind === "progress"), {
      ...events.findLast(({ kind }) => kind === "progress")!,
      ...{ done: 2000 },
    });
    const [message] = events.filter(({ kind }) => kind === "message");
    assertEquals(message?.kind === "message" && message.text, "two lines");
    const lines = events.flatMap((event) => event.kind === "log" ? event.lines : []);
    assertEquals(lines[0], "plain");
    assertMatch(lines[1]!, /^Cannot report progress as done must be a non-negative integer/);
    await Deno.remove(folder, { recursive: true });
  });

  testWith(`a worker of ${runtime} waits for a slow reader`, options, async () => {
    const folder = await Deno.makeTempDir();
    await transpile(folder, WORKER_MODULES);
    // More than a pipe holds; setting the pipe up as a stream makes it non-blocking in some runtimes.
    const program = `import { message } from "./src/worker.js";
      globalThis.process?.stdout?.write("");
      for (let i = 0; i < 200; i++) message("x".repeat(4000));`;
    await Deno.writeTextFile(`${folder}/main.js`, program);
    const script = `${runtime} "$0" | { sleep 0.5; wc -lc; }`;
    const { stdout } = await new Deno.Command("sh", { args: ["-c", script, `${folder}/main.js`] })
      .output();
    const [lines, bytes] = new TextDecoder().decode(stdout).trim().split(/\s+/).map(Number);
    assertEquals([lines, bytes], [200, 200 * ("MESSAGE: ".length + 4001)]);
    await Deno.remove(folder, { recursive: true });
  });
}

testWith(
  "a resident worker of Node takes its ranges where stdin has no file",
  needs("node"),
  async () => {
    const folder = await Deno.makeTempDir();
    await transpile(folder, WORKER_MODULES);
    // As on Windows.
    const program = `import fs from "node:fs";
    const { openSync } = fs;
    fs.openSync = (path, ...others) => {
      if (path.startsWith("/dev/")) throw new Error("ENOENT");
      return openSync(path, ...others);
    };
    const { eachRange, progress } = await import("./src/worker.js");
    await eachRange(({ start, end }) => progress(end - start));`;
    await Deno.writeTextFile(`${folder}/main.mjs`, program);
    const { summary } = await runJob(
      { totalItems: 4, chunkSize: 2, numWorkers: 1, resident: true },
      () => ["node", `${folder}/main.mjs`],
    );
    assertEquals([summary.counts.SUCCESS, summary.failures], [2, []]);
    await Deno.remove(folder, { recursive: true });
  },
);
