// Executors that are workers of another one: what their workers have started ends with them.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { quote } from "../../src/base/shell.ts";
import { cliCommand, cliCommandLine, runCli } from "../helpers/cli.ts";
import { exists } from "../helpers/files.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import {
  assertNoneLeft,
  inSession,
  killIfThere,
  processesWith,
  uniqueMark,
  until,
} from "../helpers/processes.ts";
import { runJob } from "../helpers/run_job.ts";

const needsProc = needs(LINUX, "setsid");

/** Runs until it is ended; `$0` is the mark by which it is found. */
const WORK = "while :; do sleep 0.05; done";

testWith("an executor that is a worker ends its own workers in order", needsProc, async () => {
  const mark = uniqueMark();
  const inner =
    `for s in TERM; do trap 'echo asked >>"$0"; sleep 0.2; echo STATUS: SUCCESS; exit 0' $s; done; touch "$0"; ${WORK}`;
  const file = `${await Deno.makeTempDir()}/${mark}`;
  const line = ["run", "-A", "--quiet", new URL("../../cli.ts", import.meta.url).pathname];
  const job = ["run", "-n", "1", "--reporter", "plain", "--", "sh", "-c", inner, file];
  const control = new AbortController();
  const running = runJob(
    { totalItems: 1 },
    // Its environment may be that of a worker.
    () => ({ command: Deno.execPath(), args: [...line, ...job], env: Deno.env.toObject() }),
    { signal: control.signal },
  );
  await until(() => Deno.stat(file).then(() => true, () => false), "the inner worker is there");
  control.abort();
  await running;
  assertEquals(await Deno.readTextFile(file), "asked\n");
  assertNoneLeft(mark);
});

testWith(
  "the reaper of an executor that is itself a worker does its own work first",
  needsProc,
  async () => {
    const mark = uniqueMark();
    const inner = cliCommandLine([
      ...["run", "-n", "1", "-w", "1", "--grace-period", "1s", "--reporter", "quiet", "--"],
      ...["sh", "-c", 'trap "" TERM INT; while :; do sleep 0.05; done', mark],
    ]);
    const outer = [
      "run",
      "-n",
      "1",
      "-w",
      "1",
      "--grace-period",
      "1s",
      "--reporter",
      "quiet",
      "--",
    ];
    const child = cliCommand([...outer, inner.command, ...inner.args], {
      stdout: "null",
      stderr: "null",
    }).spawn();
    // Both executors have it on their command line, and so has the worker.
    await until(() => processesWith(mark).length === 3, "the inner worker is there");
    child.kill("SIGKILL");
    await child.status;
    await until(() => processesWith(mark).length === 0, "nothing is left");
  },
);

/**
 * An executor whose worker ignores SIGTERM, so that it must be killed. The worker has left a process that has nothing in common with
 * it but its run: its parent and the leader of its session have ended.
 */
function innerLine(file: string): string[] {
  // In a subshell, $$ is the shell that has started it.
  const alone = `while kill -0 $$ 2>/dev/null; do sleep 0.02; done; touch "$0.left"; ${WORK}`;
  const left = `setsid sh -c 'trap "" TERM; (${alone}) & exit' "$0" >/dev/null 2>&1`;
  const script =
    `(${left} &); trap '' TERM; until [ -e "$0.left" ]; do sleep 0.02; done; touch "$0"; ${WORK}`;
  const { command, args } = cliCommandLine([
    ...["run", "-n", "1", "--reporter", "quiet", "--"],
    ...["sh", "-c", script, file],
  ]);
  return [command, ...args];
}

testWith("what a worker of a killed executor has left ends with that one", needsProc, async () => {
  const file = `${await Deno.makeTempDir()}/${uniqueMark()}`;
  const [command, ...args] = innerLine(file);
  const control = new AbortController();
  const running = runJob(
    { totalItems: 1, gracePeriod: 300 },
    () => ({ command: command!, args, env: Deno.env.toObject() }),
    { signal: control.signal },
  );
  await until(() => exists(file), "the inner worker is there");
  control.abort();
  await running;
  assertNoneLeft(file);
});

testWith(
  "what a worker of a killed executor has left ends, though the outer one is killed, too",
  needsProc,
  async () => {
    const file = `${await Deno.makeTempDir()}/${uniqueMark()}`;
    const outer = ["run", "-n", "1", "--grace-period", "1s", "--reporter", "quiet", "--"];
    const silent = { stdout: "null", stderr: "null" } as const;
    const child = cliCommand([...outer, ...innerLine(file)], silent).spawn();
    await until(() => exists(file), "the inner worker is there");
    child.kill("SIGKILL");
    await child.status;
    await until(() => processesWith(file).length === 0, "nothing is left");
  },
);

/**
 * The words of an executor whose run ends well, and leaves a process that carries a mark. If that is asked to end, it says so in
 * the file of that name. `level` is how deep the executor is nested.
 */
function leaving(mark: string, { level = 1 } = {}): string[] {
  const left = `trap 'echo asked >>"$0"; exit' TERM; while :; do read _; done <>"$0.fifo"`;
  const script = `mkfifo "$0.fifo"; ${inSession(left)}`;
  const worker = level === 1 ? ["sh", "-c", script, mark] : leaving(mark, { level: level - 1 });
  const job = ["run", "-n", "1", "--no-journal", "--reporter", "quiet", "--", ...worker];
  const { command, args } = cliCommandLine(job);
  return [command, ...args];
}

for (const level of [1, 2]) {
  testWith(
    `what an inner run that ended well has left is ended before its worker is tried again, ${level} deep`,
    needsProc,
    async () => {
      const mark = `${await Deno.makeTempDir()}/${uniqueMark()}`;
      const seen: number[] = [];
      const inner = leaving(mark, { level }).map(quote).join(" ");
      const { summary } = await runJob(
        { totalItems: 1, maxRetries: 1, retryDelay: 1, gracePeriod: 10_000 },
        ({ attempt }) => {
          seen.push(processesWith(mark).length);
          const script = `${inner} >/dev/null 2>&1; exit ${attempt === 1 ? 1 : 0}`;
          return { command: "sh", args: ["-c", script], env: Deno.env.toObject() };
        },
      );
      const left = processesWith(mark);
      for (const pid of left) killIfThere(pid);
      assertEquals(summary.counts.SUCCESS, 1);
      assertEquals(seen, [0, 0], "nothing lives beside the second attempt");
      assertEquals(await Deno.readTextFile(mark), "asked\n", "it was not just killed");
      assertEquals(left.length, 1, "what the second attempt has left is none of our concern");
    },
  );
}

for (const level of [1, 2]) {
  testWith(
    `what a killed executor was running is asked once to end, before it is tried again, ${level} deep`,
    needsProc,
    async () => {
      const file = `${await Deno.makeTempDir()}/${uniqueMark()}`;
      // Nobody reads what it prints once its executor is killed.
      const script = `exec >/dev/null 2>&1; trap 'echo asked >>"$0"; n=1' TERM; echo begun >>"$0"
        while [ -z "$n" ]; do sleep 0.05; done; sleep 1; echo bye >>"$0"`;
      const nest = (words: string[]): string[] => {
        const job = ["run", "-n", "1", "--no-journal", "--reporter", "quiet", "--", ...words];
        const { command, args } = cliCommandLine(job);
        return [command, ...args];
      };
      let line = ["sh", "-c", script, file];
      for (let depth = 0; depth < level; depth++) line = nest(line);
      const pids: number[] = [];
      const running = runJob(
        { totalItems: 1, maxRetries: 1, retryDelay: 1, gracePeriod: 10_000 },
        ({ attempt }) => ({
          command: "sh",
          args: attempt === 1
            ? ["-c", 'exec "$@"', "sh", ...line]
            : ["-c", 'echo again >>"$0"', file],
          env: Deno.env.toObject(),
        }),
        { onEvent: (event) => void (event.kind === "spawned" && pids.push(event.pid)) },
      );
      await until(() => exists(file), "the innermost worker is there");
      Deno.kill(pids[0]!, "SIGKILL");
      await running;
      assertEquals(await Deno.readTextFile(file), "begun\nasked\nbye\nagain\n");
      assertNoneLeft(file);
    },
  );
}

testWith(
  "what an inner run that ended well has left ends with a worker that is stopped",
  needsProc,
  async () => {
    const mark = `${await Deno.makeTempDir()}/${uniqueMark()}`;
    const script = `${leaving(mark).map(quote).join(" ")} >/dev/null 2>&1; touch "$0"; ${WORK}`;
    const file = `${mark}.there`;
    const control = new AbortController();
    const running = runJob(
      { totalItems: 1, gracePeriod: 300 },
      () => ({ command: "sh", args: ["-c", script, file], env: Deno.env.toObject() }),
      { signal: control.signal },
    );
    try {
      await until(() => exists(file), "the inner run has ended");
      // A process that was forked, and is about to become `sleep`, looks like the worker.
      await until(() => processesWith(mark).length === 2, "the worker, and what was left");
    } finally {
      control.abort();
      await running;
    }
    assertNoneLeft(mark);
  },
);

testWith(
  "what an inner run that ended well has left is counted at the end of the outer run",
  needsProc,
  async () => {
    const mark = `${await Deno.makeTempDir()}/${uniqueMark()}`;
    const { stdout, code } = await runCli([
      ...["run", "-n", "1", "--reporter", "plain", "--", ...leaving(mark)],
    ]);
    const left = processesWith(mark);
    for (const pid of left) killIfThere(pid);
    assertEquals([code, left.length], [0, 1]);
    assertStringIncludes(stdout, `that a worker left behind still runs: sh (pid ${left[0]})`);
  },
);

testWith(
  "a process that has the id of the outer attempt again does not make the outer run a part of the inner one",
  needsProc,
  async () => {
    const mark = uniqueMark();
    const inner = cliCommandLine([
      ...["run", "-n", "1", "--timeout", "300ms", "--grace-period", "300ms", "--reporter", "quiet"],
      ...["--", "sh", "-c", `EXECUTOR_ATTEMPT_ID=$OUTER setsid sh -c '${WORK}' "$0"`, mark],
    ]);
    const line = [inner.command, ...inner.args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
    const script = `OUTER=$EXECUTOR_ATTEMPT_ID ${line.join(" ")}; echo STATUS: SUCCESS`;
    const { summary } = await runJob(
      { totalItems: 1 },
      () => ({ command: "sh", args: ["-c", script], env: Deno.env.toObject() }),
    );
    assertEquals(summary.counts.SUCCESS, 1, "the outer worker was not killed");
    assertNoneLeft(mark);
  },
);
