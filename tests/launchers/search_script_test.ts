// The search for the processes of attempts, in each shell that may run it.
import { assert, assertEquals } from "@std/assert";
import { SEARCH } from "../../src/launchers/search_script.ts";
import { HEADLESS, threadsOf } from "../helpers/headless.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { killIfThere, processesWith, uniqueMark, until } from "../helpers/processes.ts";

const SHELLS = [["dash"], ["bash"], ["busybox", "sh"]];
/** Stays until it is killed, as one process. */
const WAIT = "kill -STOP $$";

interface Started extends AsyncDisposable {
  readonly pid: number;
  /** The processes with this name on their command line. */
  pids(name: string): number[];
}

/** Starts a worker whose script gives its processes names that begin with `$0`; waits until `count` are there. */
async function start(
  script: string,
  { attemptId, count }: { attemptId: string; count: number },
): Promise<Started> {
  const mark = uniqueMark();
  const child = new Deno.Command("sh", {
    args: ["-c", script, mark],
    env: { EXECUTOR_ATTEMPT_ID: attemptId },
    detached: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await until(() => processesWith(mark).length === count, "they are there");
  // They have set their traps, and wait.
  const isStopped = (pid: number) => {
    try {
      return /\(timeout\)|\) T/.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
    } catch {
      // A setsid that has forked has ended.
      return false;
    }
  };
  await until(() => {
    // All but the first one have begun their program: a shell that was just forked is still in its group.
    const begun = processesWith(`${mark}-`);
    return begun.length === count - 1 && begun.every(isStopped);
  }, "they wait");
  return {
    pid: child.pid,
    pids: (name) => processesWith(`${mark}-${name}`),
    async [Symbol.asyncDispose]() {
      for (const pid of processesWith(mark)) killIfThere(pid);
      await child.status;
    },
  };
}

/** Runs a script after the functions; returns what it prints, as words. */
async function search(
  [command = "", ...args]: string[],
  script: string,
  { leaders = "", marks = "" }: { leaders?: string; marks?: string },
): Promise<string[]> {
  const setUp = `executor_open_proc; executor_leaders=" $1 " executor_marks=$2`;
  const { stdout, stderr, signal } = await new Deno.Command(command, {
    args: [...args, "-c", `${SEARCH}\n${setUp}\n${script}`, "sh", leaders, marks],
  }).output();
  assertEquals([signal, new TextDecoder().decode(stderr)], [null, ""]);
  return new TextDecoder().decode(stdout).split(/\s+/).filter((word) => word !== "");
}

const numbers = (words: string[]) =>
  words.map((word) => Number(word.split(":")[0])).toSorted((a, b) => a - b);
const sorted = (pids: number[]) => pids.toSorted((a, b) => a - b);

for (const shell of SHELLS) {
  const options = needs(LINUX, "setsid", shell[0]!);
  const name = shell.join(" ");

  testWith(`${name} finds what has left the group, and nothing else`, options, async () => {
    const run = crypto.randomUUID();
    const script = `sh -c '${WAIT}' $0-group &
      timeout 90 sh -c '${WAIT}' $0-own-group &
      setsid sh -c '${WAIT}' $0-session &
      setsid env -i sh -c '${WAIT}' $0-bare &
      (setsid sh -c '${WAIT}' $0-orphan &)
      wait`;
    // timeout(1) has the mark on its command line, too.
    await using worker = await start(script, { attemptId: `${run}.1.1`, count: 7 });
    await using sibling = await start(`setsid sh -c '${WAIT}' $0-session & wait`, {
      attemptId: `${run}.1.10`,
      count: 2,
    });
    const found = await search(
      shell,
      'executor_search; echo "$executor_inside" $executor_others',
      { leaders: `${worker.pid}`, marks: `EXECUTOR_ATTEMPT_ID=${run}.1.1` },
    );
    const outside = ["own-group", "session", "bare", "orphan"].flatMap(worker.pids);
    assertEquals([found[0], numbers(found.slice(1))], ["1", sorted(outside)]);
    // By the mark alone: without its parent, what has no environment is not known.
    const marked = await search(shell, "executor_search; echo $executor_others", {
      marks: `EXECUTOR_ATTEMPT_ID=${run}.1.10`,
    });
    assertEquals(numbers(marked), sorted([sibling.pid, ...sibling.pids("session")]));
  });

  testWith(
    `${name} finds a process whose main thread has ended`,
    needs(LINUX, "python3", shell[0]!),
    async () => {
      const child = new Deno.Command("python3", {
        args: ["-c", HEADLESS],
        stdout: "null",
        detached: true,
      }).spawn();
      try {
        await until(() => threadsOf(child.pid)?.state === "Z", "its main thread has ended");
        const leaders = `${child.pid}`;
        const found = await search(shell, 'executor_search; echo "$executor_inside"', { leaders });
        assertEquals(found, ["1"]);
      } finally {
        child.kill("SIGKILL");
        await child.status;
      }
    },
  );

  testWith(
    `${name} knows a process by its start: a number that is used again is another one`,
    options,
    async () => {
      await using worker = await start(`setsid sh -c '${WAIT}' $0-one & wait`, {
        attemptId: "x.0.1",
        count: 2,
      });
      await until(() => worker.pids("one").length === 1, "the worker has begun its program");
      const [pid] = worker.pids("one");
      const known = (start: string) =>
        `executor_known=" ${pid}:${start}"; executor_search; echo $executor_others`;
      assertEquals(await search(shell, known("7"), {}), []);
      const start_ = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!.split(" ")[19]!;
      assertEquals(await search(shell, known(start_), {}), [`${pid}:${start_}`]);
      const signal = (start: string) =>
        `executor_nested=" "; executor_signal_one KILL ${pid}:${start}`;
      await search(shell, signal("7"), {});
      assertEquals(worker.pids("one"), [pid]);
      await search(shell, signal(start_), {});
      await until(() => worker.pids("one").length === 0, "it is killed");
    },
  );

  testWith(
    `${name} hands a signal on to what turns up later, and only SIGKILL to what another executor started`,
    options,
    async () => {
      const run = crypto.randomUUID();
      const later = `trap "setsid sh -c \\"${
        WAIT.replace("$$", "\\\\\\$\\\\\\$")
      }\\" $0-late & wait" USR1; touch /dev/null; ${WAIT}; while :; do sleep 0.05; done`;
      const script = `setsid sh -c '${later}' $0-first &
      EXECUTOR_ATTEMPT_ID=${run}.9.9 setsid sh -c '${WAIT}' $0-nested & wait`;
      await using worker = await start(script, { attemptId: `${run}.0.1`, count: 3 });
      const lines = await search(
        shell,
        `executor_signal_found TERM; executor_signal_found CONT; sleep 0.5; kill() { :; }; executor_search; echo $executor_others`,
        { leaders: `${worker.pid}`, marks: `EXECUTOR_ATTEMPT_ID=${run}.0.1` },
      );
      assertEquals(numbers(lines), sorted(worker.pids("nested")));
      await search(shell, "executor_search; executor_signal_found KILL", {
        marks: `EXECUTOR_ATTEMPT_ID=${run}.9.9`,
      });
      await until(() => worker.pids("nested").length === 0, "the nested one is killed");
    },
  );

  testWith(
    `${name} finds what another executor has started as a worker of the attempt`,
    options,
    async () => {
      const run = crypto.randomUUID();
      const [inner, other] = [crypto.randomUUID(), crypto.randomUUID()];
      // Processes whose parents have ended: of an executor that is a worker of the attempt, and of others.
      const lone = (outer: string, name: string) =>
        `EXECUTOR_OUTER_ATTEMPT_IDS='${outer}' EXECUTOR_ATTEMPT_ID=${inner}.1.1 setsid -f sh -c '${WAIT}' $0-${name}`;
      const script = [
        lone(`outer=${run}.0.1`, "left"),
        lone(`outer=${other}.0.1 outer=${run}.0.1`, "deep"),
        lone(`outer=${run}.0.1 outer=${other}.0.1`, "high"),
        lone(`outer=${run}.0.12`, "sibling"),
        lone(`outer=${other}.0.1`, "stranger"),
        `EXECUTOR_REAPER_OF=${run}.0.1 EXECUTOR_ATTEMPT_ID= setsid -f sh -c '${WAIT}' $0-reaper`,
        WAIT,
      ].join("; ");
      await using worker = await start(script, { attemptId: `${run}.0.1`, count: 7 });
      const ours = ["left", "deep", "high"].flatMap(worker.pids);
      const scope = {
        leaders: `${worker.pid}`,
        marks: `EXECUTOR_ATTEMPT_ID=${run}.0.1`,
      };
      const said = await search(
        shell,
        `kill() { shift; echo "$1$2\${3-}"; }; executor_signal_found TERM; echo /
        command kill -s KILL ${worker.pid}
        await_end() { while grep -q . /proc/$1/environ 2>/dev/null; do sleep 0.02; done; }
        await_end ${worker.pid}; executor_search; echo /
        reaper=$(executor_find EXECUTOR_REAPER_OF=${run}.0.1); command kill -s KILL $reaper; await_end $reaper
        executor_search; echo /; executor_search; unset -f kill; executor_signal_found KILL`,
        scope,
      );
      const parts = said.join(" ").split("/")
        .map((part) => part.split(" ").filter((word) => word !== "").toSorted());
      const terms = ours.map((pid) => `TERM${pid}`).toSorted();
      assertEquals(parts, [[`TERM---${worker.pid}`], [], terms, []], "once its reaper is gone");
      await until(
        () => ["left", "deep", "high"].flatMap(worker.pids).length === 0,
        "they are killed",
      );
      assertEquals(["sibling", "stranger"].map((name) => worker.pids(name).length), [1, 1]);
    },
  );

  testWith(`${name} looks again if a look fails, and is blind after three`, options, async () => {
    const run = crypto.randomUUID();
    await using worker = await start(`setsid sh -c '${WAIT}' $0-one & wait`, {
      attemptId: `${run}.0.1`,
      count: 2,
    });
    const marks = `EXECUTOR_ATTEMPT_ID=${run}.0.1`;
    const found = sorted([worker.pid, ...worker.pids("one")]);
    const folder = await Deno.makeTempDir();
    for (const program of ["cat", "grep"]) {
      // The first look is killed in the midst of what it prints.
      const fails = `${program}() {
        command ${program} "$@"; [ -e ${folder}/${program} ] || { : >${folder}/${program}; sh -c 'kill -KILL $$'; }
      }`;
      const script = `${fails}; executor_search; echo $executor_others`;
      assertEquals(numbers(await search(shell, script, { marks })), found, program);
      assert(Deno.statSync(`${folder}/${program}`).isFile, "a look has failed");
    }
    // As with a program that is missing, or more processes than fit on its command line; and if their list cannot be read.
    for (const code of [127, 1]) {
      const script = `cat() { return ${code}; }
        for try in 1 2 3; do executor_search || echo failed $executor_sees; done; executor_found_is_alive || echo gone`;
      const words = ["failed", "1", "failed", "1", "failed", "gone"];
      assertEquals(await search(shell, script, { marks }), words);
    }
    const once =
      "cat() { return 1; }; executor_found_is_alive && echo may be alive $executor_inside";
    assertEquals(await search(shell, once, {}), ["may", "be", "alive", "1"]);
    const noGrep = "grep() { return 126; };";
    const unfound = `${noGrep} executor_find "$executor_marks" || echo failed`;
    assertEquals(await search(shell, unfound, { marks }), ["failed"]);
    const doubtful = `${noGrep} executor_found_is_alive && echo may be alive
      unset -f grep; executor_search; echo $executor_doubt $executor_others`;
    const [may, be, alive, ...later] = await search(shell, doubtful, { marks });
    assertEquals([may, be, alive], ["may", "be", "alive"]);
    assertEquals(numbers(later), found, "the next search has no doubt");
    // What has no mark of ours may be a worker of another executor: it gets no SIGTERM if nobody can tell.
    const leaders = `${worker.pid}`;
    const other = { marks: "EXECUTOR_ATTEMPT_ID=another.0.1", leaders };
    const signal = `grep() { case $1 in -lsF) return 126 ;; *) command grep "$@" ;; esac; }
      kill() { shift; echo "$@"; }; executor_signal_found TERM`;
    assertEquals(await search(shell, signal, other), ["TERM", "--", `-${leaders}`]);
    const missing = `PATH=/nowhere; cat() { PATH=/bin:/usr/bin command cat "$@"; };
      executor_search; echo $executor_others`;
    assertEquals(numbers(await search(shell, missing, { marks, leaders })), worker.pids("one"));
    await Deno.remove(folder, { recursive: true });
  });

  testWith(
    `${name} withholds a signal in doubt, and gives it with the next search`,
    options,
    async () => {
      const run = crypto.randomUUID();
      const script = `setsid sh -c '${WAIT}' $0-ours & setsid env -i sh -c '${WAIT}' $0-bare &
      EXECUTOR_ATTEMPT_ID=${run}.9.9 setsid sh -c '${WAIT}' $0-nested & wait`;
      await using worker = await start(script, { attemptId: `${run}.0.1`, count: 4 });
      const scope = { leaders: `${worker.pid}`, marks: `EXECUTOR_ATTEMPT_ID=${run}.0.1` };
      // Both searches of grep fail, the one for marks, or the one for workers of another executor.
      for (const failing of ["*", "-lswF", "-lsF"]) {
        const said = await search(
          shell,
          `grep() { case $1 in ${failing}) return 126 ;; *) command grep "$@" ;; esac; }
        kill() { shift; echo "$1$2\${3-}"; }
        executor_signal_found TERM; executor_signal_found CONT; echo /; executor_search
        unset -f grep; echo /; executor_search; echo /; executor_search`,
          scope,
        );
        const [inDoubt, stillInDoubt, next, last] = said.join(" ").split("/")
          .map((part) => part.split(" ").filter((word) => word !== "").toSorted());
        const both = (to: number | string) => [`TERM${to}`, `CONT${to}`];
        const [ours, bare] = [worker.pids("ours"), worker.pids("bare")];
        const early = failing === "-lsF" ? ours : [];
        const late = failing === "-lsF" ? bare : [...ours, ...bare];
        assertEquals(inDoubt, [...both(`---${worker.pid}`), ...early.flatMap(both)].toSorted());
        assertEquals([stillInDoubt, next, last], [[], late.flatMap(both).toSorted(), []]);
      }
      // SIGKILL is for all, and nothing is to come after it.
      const killed = await search(
        shell,
        `grep() { return 126; }; kill() { shift; echo "$1$2\${3-}"; }; executor_signal_found TERM; echo /
      executor_signal_found KILL; unset -f grep; echo /; executor_search`,
        scope,
      );
      const pids = ["ours", "bare", "nested"].flatMap(worker.pids);
      const kills = [
        `KILL---${worker.pid}`,
        `KILL---${worker.pid}`,
        ...pids.map((pid) => `KILL${pid}`),
      ];
      const parts = killed.join(" ").split("/").map((part) => part.trim().split(" ").toSorted());
      assertEquals(parts, [[`TERM---${worker.pid}`], kills.toSorted(), [""]]);
    },
  );

  testWith(`${name} says so where /proc does not show the processes`, options, async () => {
    assertEquals(await search(shell, "executor_sees=; executor_search || echo blind", {}), [
      "blind",
    ]);
  });
}
