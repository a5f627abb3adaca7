// Nodes that cannot start a pilot or a worker, or cannot do so yet.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { FailedLaunch } from "../../../src/launchers/remote/failed_launch.ts";
import { withFolder } from "../../helpers/journal.ts";
import { testWith } from "../../helpers/needs.ts";
import { openPilots, PILOT_NEEDS, pilotsOn } from "../../helpers/pilots.ts";
import { ofKind, runJob } from "../../helpers/run_job.ts";
import { runResident } from "../../helpers/run_resident.ts";
import { writeProgram } from "../../helpers/programs.ts";

const ONE = [{ name: "n1", workers: 4 }];
const DOWN = [{ name: "n1", workers: 4, way: ["false"] }, { name: "n2", workers: 4 }];

/** Defines a test of pilots. */
function pilotTest(name: string, test: () => Promise<void>): void {
  testWith(`pilot: ${name}`, PILOT_NEEDS, test);
}

/** Writes a program that stands for Deno on a node: a shell script, in which `$deno` is the real one. */
async function denoOf(folder: string, script: string): Promise<string> {
  const text = `#!/bin/sh\ndeno="${Deno.execPath()}" folder="${folder}"\n${script}\n`;
  await writeProgram(`${folder}/deno`, text);
  return `${folder}/deno`;
}

pilotTest("resident workers and those with a stdin are tried again on other nodes", async () => {
  const config = { totalItems: 8, chunkSize: 1, numWorkers: 4 };
  const results = [
    await runResident(":", config, { launcher: pilotsOn(DOWN) }),
    await runJob({ ...config, stdin: "lines", retryDelay: 1 }, () => ["cat"], {
      launcher: pilotsOn(DOWN),
    }),
  ];
  for (const result of results) {
    assertEquals([result.summary.ok, result.summary.doneItems], [true, 8]);
    const failed = ofKind(result, "attempt-ended").filter(({ cause }) => cause !== undefined);
    const causes = new Set(failed.map(({ cause }) => JSON.stringify(cause)));
    const message = "n1: false ended with code 1";
    assertEquals(Array.from(causes), [JSON.stringify({ kind: "launch", message })]);
  }
});

pilotTest("resident workers wait while the engine lets none start", async () => {
  let isHeld = true;
  const reason = "held back for a while";
  // Longer than a worker has for its first answer.
  const released = new Promise<void>((resolve) => setTimeout(resolve, 6_000));
  const refusal = () => {
    if (!isHeld) return Promise.resolve(undefined);
    return Promise.resolve(
      new FailedLaunch(released.then(() => {
        isHeld = false;
        return { reason };
      })),
    );
  };
  const launcher = pilotsOn(ONE, { refusal });
  const result = await runResident(":", { totalItems: 2, readyTimeout: 5_000 }, { launcher });
  await released;
  assertEquals(ofKind(result, "attempt-ended").map(({ cause }) => cause), [
    { kind: "launch", message: reason },
    undefined,
  ]);
  assertEquals(result.summary.ok, true);
});

pilotTest("a resident worker whose command is not there is not tried again", async () => {
  const result = await runJob(
    { totalItems: 1, resident: true, retryDelay: 1, maxRetries: 3 },
    () => ["no-such-program"],
    { launcher: pilotsOn(ONE) },
  );
  const message = "command not found on n1: no-such-program";
  assertEquals(result.summary.failures.map(({ attempts, cause }) => [attempts, cause]), [
    [1, { kind: "launch", message, permanent: true }],
  ]);
});

/** Makes a pilot unable to start the workers that have the word NO_ROOM among their arguments. */
const NO_ROOM = `const { Command } = Deno;
Deno.Command = class extends Command {
  constructor(file, options) {
    super(file, options);
    if (!options?.args?.includes("NO_ROOM")) return;
    this.spawn = () => { throw Object.assign(new Error("fork"), { code: "EAGAIN" }); };
  }
};`;

pilotTest("a worker that its node has no room for is tried again on another node", async () => {
  await withFolder(async (folder) => {
    const script = `[ "$NODE" = n1 ] || exec "$deno" "$@"
for arg do
  shift
  case $arg in *runPilot*) arg="${NO_ROOM.replace(/["$]/g, "\\$&")}$arg" ;; esac
  set -- "$@" "$arg"
done
exec "$deno" "$@"`;
    const deno = await denoOf(folder, script);
    const nodes = ["n1", "n2"].map((name) => ({ name, workers: 4, way: ["env", `NODE=${name}`] }));
    const result = await runJob(
      { totalItems: 1, numWorkers: 1, maxLaunchFailures: 1, retryDelay: 1 },
      () => ["sh", "-c", ":", "NO_ROOM"],
      { launcher: pilotsOn(nodes, { deno }) },
    );
    const ends = ofKind(result, "attempt-ended");
    const message = "command cannot be started on n1: the system has no more processes";
    assert(ends[0]?.cause?.kind === "launch" && ends[0].cause.message.startsWith(message), message);
    assertEquals(ofKind(result, "spawned").map(({ node }) => node), ["n2"]);
    assertEquals([result.summary.ok, ends.length], [true, 2]);
  });
});

pilotTest("a Deno that is not there at once is looked for again", async () => {
  await withFolder(async (folder) => {
    const script = `echo >>"$folder/looks"
case $(grep -c '' "$folder/looks") in 1) exit 127 ;; 2) exit 1 ;; esac
exec "$deno" "$@"`;
    await using run = await openPilots(ONE, { deno: await denoOf(folder, script) });
    const worker = await run.launch({ command: "cat", args: [], stdin: "piped" });
    await worker.stdin!.close();
    assertEquals(await worker.status, { kind: "exited", code: 0 });
    await Promise.all([worker.stdout.cancel(), worker.stderr.cancel()]);
    assertEquals(run.warnings, []);
  });
});

pilotTest("a node whose Deno starts no pilot uses agents after three starts", async () => {
  await withFolder(async (folder) => {
    const script = `[ "$1" = eval ] || exec "$deno" "$@"\necho "no memory" >&2\nexit 1`;
    await using run = await openPilots(ONE, { deno: await denoOf(folder, script) });
    const ends: unknown[] = [];
    for (let count = 0; count < 4; count++) {
      const worker = await run.launch({ command: "echo", args: ["here"] });
      const [out] = await Promise.all(
        [worker.stdout, worker.stderr].map((stream) => new Response(stream).text()),
      );
      const exit = await worker.status;
      ends.push("reason" in exit ? exit.reason : out);
    }
    assertEquals(ends, ["n1: no memory", "n1: no memory", "here\n", "here\n"]);
    assertEquals(run.warnings.length, 1);
    assertMatch(run.warnings[0]!, /^Deno on n1 starts no pilot \(no memory\): each worker there /);
  });
});

pilotTest("a node that cannot be reached is left to others", async () => {
  const nodes = [{ name: "n1", workers: 4, way: ["false"] }, { name: "n2", workers: 4 }];
  const result = await runJob(
    { totalItems: 8, chunkSize: 1, numWorkers: 4, retryDelay: 1 },
    () => ["true"],
    { launcher: pilotsOn(nodes) },
  );
  assertEquals([result.summary.ok, result.summary.doneItems], [true, 8]);
  const nodesUsed = new Set(ofKind(result, "spawned").map(({ node }) => node));
  assertEquals(Array.from(nodesUsed), ["n2"]);
});

pilotTest(
  "workers wait for a healthy node, and do not fail again and again at a dead one",
  async () => {
    const nodes = [{ name: "n1", workers: 1 }, { name: "n2", workers: 1, way: ["false"] }];
    const result = await runJob(
      { totalItems: 6, chunkSize: 1, numWorkers: 2, retryDelay: 1, maxLaunchFailures: 1 },
      () => ["sleep", "0.2"],
      { launcher: pilotsOn(nodes) },
    );
    assertEquals([result.summary.ok, result.summary.doneItems], [true, 6]);
    assertEquals(
      ofKind(result, "attempt-ended").filter(({ exit }) => exit?.kind === "launch-failed").length <=
        1,
      true,
    );
  },
);
