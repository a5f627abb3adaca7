// Workers that outlived their executor and its reaper are ended before their job is resumed.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { reapOrphans } from "../../../src/launchers/local/orphans.ts";
import { exists } from "../../helpers/files.ts";
import { eventsIn, runRecorded, withFolder } from "../../helpers/journal.ts";
import { LINUX, needs, testWith } from "../../helpers/needs.ts";
import {
  assertNoneLeft,
  inSession,
  killIfThere,
  processesWith,
  uniqueMark,
  until,
} from "../../helpers/processes.ts";
import { cliCommand, runCli } from "../../helpers/cli.ts";

const needsProc = needs(LINUX, "setsid");

function orphan(script: string, { attempt, mark }: { attempt: string; mark: string }): void {
  new Deno.Command("sh", {
    args: ["-c", `${script}; while :; do sleep 0.05; done`, mark],
    env: { EXECUTOR_RUN_ID: attempt.split(".")[0]!, EXECUTOR_ATTEMPT_ID: attempt },
    detached: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn().unref();
}

testWith(
  "what is left of earlier runs ends, by force if need be, and nothing else",
  needsProc,
  async () => {
    const [mark, other, done] = [uniqueMark(), uniqueMark(), uniqueMark()];
    // Another suite on this machine must not end them.
    const [earlier, earliest, another] = [0, 1, 2].map(() => crypto.randomUUID());
    await withFolder(async (folder) => {
      orphan(":", { attempt: `${earlier}.0.1`, mark });
      orphan(`trap '' TERM; touch ${folder}/ready`, { attempt: `${earliest}.3.1`, mark });
      orphan(":", { attempt: `${another}.0.1`, mark: other });
      orphan(":", { attempt: `${earlier}.0.10`, mark: done });
      await until(() => Array.from(Deno.readDirSync(folder)).length > 0, "the trap is set");
      const left = { finished: [], endsOnly: [], gracePeriod: 300 };
      await reapOrphans({ ...left, unfinished: [`${earliest}.3.1`, `${earlier}.0.1`] });
      assertNoneLeft(mark);
      // What a finished attempt of the same run left may be meant to stay.
      assertEquals(processesWith(done).length > 0, true);
      assertEquals(processesWith(other).length > 0, true);
      await reapOrphans({ ...left, unfinished: [`${another}.0.1`, `${earlier}.0.10`] });
      assertNoneLeft(other);
      assertNoneLeft(done);
    });
  },
);

testWith(
  "--resume ends what is left when executor and reaper were killed together",
  needsProc,
  async () => {
    await withFolder(async (folder) => {
      const path = `${folder}/run.jsonl`;
      const script = `[ -e $0/go ] && exit 0; touch $0/ready; while :; do sleep 0.05; done`;
      const config = { totalItems: 1, gracePeriod: 300 };
      const command = ["sh", "-c", script, folder];
      const args = ["run", "-n", "1", "-w", "1", "--journal", path, "--reporter", "quiet", "--"];
      const child = cliCommand([...args, ...command], { stdout: "null", stderr: "null" }).spawn();
      await until(() => {
        return Array.from(Deno.readDirSync(folder)).some(({ name }) => name === "ready");
      }, "the worker is there");
      const runId = eventsIn(path, "run-started")[0]!.runId;
      // The reaper, which alone has the id on its command line, first.
      // While the executor is stopped, it cannot replace it.
      child.kill("SIGSTOP");
      for (const reaper of processesWith(runId)) killIfThere(reaper);
      child.kill("SIGKILL");
      await child.status;
      assert(processesWith(folder).length > 0, "the worker has outlived both");
      await Deno.writeTextFile(`${folder}/go`, "");
      let left: number[] | undefined;
      const getCommand = () => {
        left = processesWith(folder);
        return command;
      };
      const summary = await runRecorded(
        { ...config, numWorkers: 1 },
        getCommand,
        { path, resume: true, command },
      );
      assert(summary.ok);
      assertEquals(left, []);
    });
  },
);

testWith(
  "--resume ends what a failed attempt left in a session, and not what a finished one left",
  needsProc,
  async () => {
    await withFolder(async (folder) => {
      const path = `${folder}/run.jsonl`;
      const [finished, failed] = [uniqueMark(), uniqueMark()];
      const script = `[ -e $0/go ] && exit 0
        mark=${failed}; [ $EXECUTOR_START = 1 ] || mark=${finished}
        ${inSession("kill -STOP $$", "$mark")}; exit $EXECUTOR_START`;
      const command = ["sh", "-c", script, folder];
      const config = { totalItems: 2, numWorkers: 1, chunkSize: 1, gracePeriod: 300 };
      await runRecorded(config, () => command, { path, command });
      // The script is on the command line of its shell as well, but that has ended.
      assertEquals([finished, failed].map((mark) => processesWith(mark).length), [1, 1]);
      await Deno.writeTextFile(`${folder}/go`, "");
      try {
        const summary = await runRecorded(config, () => command, { path, resume: true, command });
        assert(summary.ok);
        assertEquals([finished, failed].map((mark) => processesWith(mark).length), [1, 0]);
      } finally {
        for (const pid of processesWith(finished)) killIfThere(pid);
      }
    });
  },
);

testWith(
  "of a record, resume ends what is left of ranges that it does not have as done, and nothing else",
  needsProc,
  async () => {
    await withFolder(async (folder) => {
      const [server, work] = [uniqueMark(), uniqueMark()];
      const script = `case $1 in
          a) ${inSession("kill -STOP $$", server)}; exit ;;
          *) [ -e $0/go ] && exit; trap '' TERM; touch $0/ready; while :; do sleep 0.05; done; : ${work} ;;
        esac`;
      const env = { XDG_STATE_HOME: folder };
      const silent = { stdout: "null", stderr: "null", env } as const;
      const job = ["sh", "-c", script, folder, "{}", ":::", "a", "b"];
      const child = cliCommand(["run", "-w", "1", "--", ...job], silent).spawn();
      const record = () => Array.from(Deno.readDirSync(`${folder}/executor`), (e) => e.name)[0]!;
      await until(() => exists(`${folder}/ready`), "the second worker is there");
      const path = `${folder}/executor/${record()}`;
      await until(
        () => Deno.readTextFileSync(path).includes("ranges-done"),
        "the end of the first range is written",
      );
      const runId = eventsIn(path, "run-started")[0]!.runId;
      child.kill("SIGSTOP");
      for (const reaper of processesWith(runId)) killIfThere(reaper);
      child.kill("SIGKILL");
      await child.status;
      try {
        assert(processesWith(work).length > 0, "the worker has outlived both");
        await Deno.writeTextFile(`${folder}/go`, "");
        const { code } = await runCli(["resume", path, "--grace-period", "300ms"], { env });
        assertEquals(code, 0);
        assertNoneLeft(work);
        assertEquals(processesWith(server).length, 1, "what a finished attempt left stays");
      } finally {
        for (const pid of processesWith(server)) killIfThere(pid);
      }
    });
  },
);

const WAYS = ["run --resume", "resume"].flatMap((how) => [1, 2].map((items) => ({ how, items })));

for (const { how, items } of WAYS) {
  testWith(
    `${how} ends what a finished attempt left in its group, and nothing else, with ${
      items - 1
    } left to do`,
    needsProc,
    async () => {
      await withFolder(async (folder) => {
        const path = `${folder}/run.jsonl`;
        const [group, other] = [uniqueMark(), uniqueMark()];
        // The first range leaves two processes that ignore SIGTERM: the executor would have to wait for them.
        const wait = "trap '' TERM; while :; do sleep 0.05; done";
        const script = `[ ! -e $0/go ] || exit 0; [ $EXECUTOR_START = 0 ] || exec sleep 60
          sh -c "${wait}" ${group} >/dev/null 2>&1 &
          setsid sh -c "touch $0/ready; ${wait}" ${other} >/dev/null 2>&1 &
          until [ -e $0/ready ]; do sleep 0.02; done; echo "STATUS: SUCCESS"`;
        const command = ["sh", "-c", script, folder];
        const options = ["-n", `${items}`, "-c", "1", "-w", "1", "--journal", path];
        const run = ["run", ...options, "--grace-period", "60s", "--", ...command];
        const again = how === "resume"
          ? ["resume", path, "--grace-period", "300ms"]
          : ["run", ...options, "--resume", "--grace-period", "300ms", "--", ...command];
        await Deno.writeTextFile(path, "");
        const child = cliCommand(run, { stdout: "null", stderr: "null" }).spawn();
        try {
          const hasDone = () => Deno.readTextFileSync(path).includes('"kind":"attempt-ended"');
          await until(hasDone, "a range is done");
          const { runId } = eventsIn(path, "run-started")[0]!;
          child.kill("SIGSTOP");
          for (const reaper of processesWith(runId)) killIfThere(reaper);
          child.kill("SIGKILL");
          await child.status;
          const left = () => [group, other].map((mark) => processesWith(mark).length > 0);
          assertEquals(left(), [true, true]);
          await Deno.writeTextFile(`${folder}/go`, "");
          assertEquals((await runCli(again)).code, 0);
          assertEquals(left(), [false, true]);
          if (how !== "resume") return;
          assertMatch((await runCli(again)).stderr, /there is nothing to resume/);
        } finally {
          for (const mark of [group, other]) {
            for (const pid of processesWith(mark)) killIfThere(pid);
          }
        }
      });
    },
  );
}

for (const items of [1, 2]) {
  testWith(
    `--resume ends a resident worker that was between two ranges, with ${items - 1} left to do`,
    needsProc,
    async () => {
      await withFolder(async (folder) => {
        const path = `${folder}/run.jsonl`;
        // In the first run, it answers its first range, and stays at the end of its input. It takes no other range.
        const script = `while read -r word id rest; do
            case $word in GO:) [ -e $0/go ] || [ ! -e $0/done ] || continue
              touch $0/done; echo "STATUS: SUCCESS $id" ;; esac
          done
          [ -e $0/go ] || { trap '' TERM; while [ -d $0 ]; do sleep 0.05; done; }`;
        const command = ["sh", "-c", script, folder];
        const options = ["-n", `${items}`, "-c", "1", "-w", "1", "--resident", "--journal", path];
        const run = (...more: string[]) =>
          cliCommand(
            ["run", ...options, ...more, "--reporter", "quiet", "--", ...command],
            { stdout: "null", stderr: "null" },
          ).spawn();
        await Deno.writeTextFile(path, "");
        const child = run("--grace-period", "60s");
        const hasDone = () => Deno.readTextFileSync(path).includes('"kind":"range-ended"');
        await until(hasDone, "a range is done");
        const { runId } = eventsIn(path, "run-started")[0]!;
        child.kill("SIGSTOP");
        for (const reaper of processesWith(runId)) killIfThere(reaper);
        child.kill("SIGKILL");
        await child.status;
        assert(processesWith(folder).length > 0, "the worker has outlived both");
        await Deno.writeTextFile(`${folder}/go`, "");
        assertEquals((await run("--resume", "--grace-period", "300ms").status).code, 0);
        assertNoneLeft(folder);
      });
    },
  );
}
