// Workers whose work leaves their process group: after a stop of ours, and before a retry, nothing of it is alive.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { TaskConfig } from "@lambdawaker/executor";
import { cliCommand, cliCommandLine, runCli } from "../helpers/cli.ts";
import { exists } from "../helpers/files.ts";
import { HEADLESS, threadsOf } from "../helpers/headless.ts";
import { LINUX, type Need, needs, ROOT, testWith } from "../helpers/needs.ts";
import {
  assertNoneLeft,
  inSession,
  killIfThere,
  processesWith,
  uniqueMark,
  until,
} from "../helpers/processes.ts";
import { succeeds } from "../helpers/programs.ts";
import { type JobOptions, ofKind, runJob } from "../helpers/run_job.ts";

const needsProc = needs(LINUX, "setsid");

/** Runs until it is ended; `$0` is the mark by which it is found. */
const WORK = "while :; do sleep 0.05; done";

/** Shell scripts that put work elsewhere, say so, and go on. `$0` is the mark. */
const ESCAPES: Record<string, string> = {
  "a group by timeout": `timeout 100 sh -c 'echo MESSAGE: here; ${WORK}' "$0"`,
  "a group by a shell":
    `exec bash -c 'set -m; sh -c "echo MESSAGE: here; $1" "$0" & wait' "$0" '${WORK}'`,
  "a session": `setsid sh -c '${WORK}' "$0" & echo MESSAGE: here; ${WORK}`,
  "a session, from a parent that has ended": `${inSession(WORK)}; echo MESSAGE: here; ${WORK}`,
  "a session, without its environment":
    `setsid env -i PATH="$PATH" sh -c 'echo MESSAGE: here; ${WORK}' "$0" & ${WORK}`,
  "a group without its environment, whose parent has ended":
    `exec bash -c 'set -m; (env -i sh -c "echo MESSAGE: here; $1" "$0" &); eval "$1"' "$0" '${WORK}'`,
  "a session, and ignores SIGTERM":
    `setsid sh -c 'trap "" TERM INT HUP; echo MESSAGE: here; ${WORK}' "$0" & ${WORK}`,
  "a session, and is suspended":
    `setsid sh -c 'kill -STOP $$; ${WORK}' "$0" & until grep -q ") T" "/proc/$!/stat"; do sleep 0.01; done
    echo MESSAGE: here; ${WORK}`,
  "sessions within sessions":
    `setsid sh -c 'setsid sh -c "setsid sh -c \\"echo MESSAGE: here; ${WORK}\\" $0 & ${WORK}" "$0" & ${WORK}' "$0" & ${WORK}`,
  "a group as another user":
    `setpriv --reuid 65534 --clear-groups timeout 100 sh -c 'echo MESSAGE: here; ${WORK}' "$0"`,
  "a session by Python":
    `python3 -c 'import subprocess, sys; p = subprocess.Popen(["sh", "-c", "${WORK}", sys.argv[1]], start_new_session=True); print("MESSAGE: here", flush=True); p.wait()' "$0"`,
};
/** What some of them need. */
const ESCAPE_NEEDS: Record<string, Need[]> = {
  "a group by a shell": ["bash"],
  "a group without its environment, whose parent has ended": ["bash"],
  "a group as another user": ["setpriv", ROOT],
  "a session by Python": ["python3"],
};

/** Runs a worker until it is ended. Checks that it had work elsewhere, and that nothing of it is left. */
async function assertEnded(
  script: string,
  { config, stops = false, otherItems = [] }: {
    config?: Partial<TaskConfig>;
    /** Whether the run is stopped when the worker is at work. */
    stops?: boolean;
    /** Scripts of further workers. */
    otherItems?: string[];
  },
): Promise<void> {
  const mark = uniqueMark();
  const control = new AbortController();
  let seen = 0;
  const onEvent: JobOptions["onEvent"] = (event) => {
    if (event.kind !== "message" || event.range > 0) return;
    // A process that begins its program has no command line for a moment.
    for (const end = Date.now() + 1_000; seen < 2 && Date.now() < end;) {
      seen = processesWith(mark).length;
    }
    if (stops) control.abort();
  };
  const scripts = [script, ...otherItems];
  await runJob(
    { totalItems: scripts.length, numWorkers: 1, chunkSize: 1, gracePeriod: 400, ...config },
    ({ extraData: { startIndex } }) => ["sh", "-c", scripts[startIndex]!, mark],
    { onEvent, signal: control.signal },
  );
  assert(seen >= 2, "it worked elsewhere");
  assertNoneLeft(mark);
}

for (const [where, script] of Object.entries(ESCAPES)) {
  const needed = needs(LINUX, "setsid", ...ESCAPE_NEEDS[where] ?? []);
  testWith(`a stop ends a worker that works in ${where}`, needed, async () => {
    await assertEnded(script, { stops: true });
  });
}

testWith(
  "a stop ends a process whose main thread has ended, which looks like a zombie",
  needs(LINUX, "python3", "setsid"),
  async () => {
    const control = new AbortController();
    let pid = 0;
    await runJob(
      { totalItems: 1, gracePeriod: 400 },
      () => ["sh", "-c", `setsid python3 -c "$0" & wait; ${WORK}`, HEADLESS],
      {
        signal: control.signal,
        onEvent: async (event) => {
          if (event.kind !== "message") return;
          pid = Number(event.text);
          await until(() => threadsOf(pid)?.state === "Z", "its main thread has ended");
          assert(threadsOf(pid)!.threads > 1);
          control.abort();
        },
      },
    );
    const left = threadsOf(pid);
    if (left !== undefined && left.threads > 1) Deno.kill(pid, "SIGKILL");
    assert(pid > 0 && (left?.threads ?? 0) <= 1, JSON.stringify(left));
  },
);

/** Ways in which a run ends an attempt that is at work, besides a stop. */
const WAYS: Record<string, { config: Partial<TaskConfig>; otherItems?: string[] }> = {
  "a time-out": { config: { timeout: 1_500 } },
  "a stall": { config: { stallTimeout: 1_500 } },
  "a time-out of the run": { config: { runTimeout: 1_500 } },
  "a failure that halts the run": {
    config: { numWorkers: 2, haltOn: { failures: 1, how: "kill" } },
    otherItems: ["sleep 1.5; exit 1"],
  },
  "an end of the slow": {
    config: { numWorkers: 2, slowAfter: 2, killSlow: true, timeout: 5_000, maxRetries: 1 },
    otherItems: Array.from({ length: 8 }, () => "sleep 0.2"),
  },
};

const TIMEOUT = ESCAPES["a group by timeout"]!;
for (const [how, { config, otherItems }] of Object.entries(WAYS)) {
  testWith(`${how} ends a worker that works in a group of its own`, needsProc, async () => {
    // A second attempt would be one more.
    const script = `[ "$EXECUTOR_ATTEMPT" = 1 ] || exit 0; ${TIMEOUT}`;
    await assertEnded(script, { config, otherItems });
  });
}

testWith("a range is not tried again beside what its first attempt left", needsProc, async () => {
  const [mark, beside] = [uniqueMark(), [] as number[][]];
  // They end by themselves: only the retry ends what is left.
  const script = `${inSession(`trap "" TERM; ${WORK}`)}; exit 1`;
  const result = await runJob(
    { totalItems: 1, maxRetries: 2, retryDelay: 1, gracePeriod: 200 },
    ({ attempt }) => {
      beside.push(processesWith(mark));
      return ["sh", "-c", attempt === 3 ? "exit 0" : script, mark];
    },
  );
  assertEquals(beside, [[], [], []]);
  assert(result.summary.ok);
  assertEquals(result.summary.leaked, 2);
  assertEquals(result.summary.warnings, []);
});

/** Becomes a program that waits, and has the mark as its name. */
const WAIT = 'touch "$1"; exec -a "$0" tail -f /dev/null';

/** Waits until that program is there. A process that is still in the group of its worker would end with it. */
const READY = 'until [ -e "$ready" ]; do sleep 0.01; done';

/** Scripts that leave a process outside of the group of their worker. */
const LEFT: [where: string, needed: Need[], script: string][] = [
  [
    "a session of its own",
    ["setsid"],
    `setsid sh -c 'touch "$1"; kill -STOP $$' "$0" "$ready" >/dev/null 2>&1 & ${READY}`,
  ],
  [
    "the session of the worker, without its environment",
    ["bash"],
    `exec bash -c 'set -m; env -i PATH="$PATH" bash -c "$1" "$0" "$ready" >/dev/null 2>&1 & ${READY}' "$0" '${WAIT}'`,
  ],
];

for (const [where, needed, script] of LEFT) {
  testWith(
    `what a worker leaves in ${where} stays, and the end says so`,
    needs(LINUX, ...needed),
    async () => {
      const mark = uniqueMark();
      const ready = `${await Deno.makeTempDir()}/ready`;
      const worker = `export ready=${ready}-$EXECUTOR_START; ${script}`;
      const options = ["-n", "2", "-w", "1", "-c", "1"];
      const { stdout, code } = await runCli(["run", ...options, "--", "sh", "-c", worker, mark]);
      const left = processesWith(mark);
      try {
        assertEquals([code, left.length], [0, 2], stdout);
        assertStringIncludes(stdout, "2 processes that workers left behind still run: ");
      } finally {
        for (const pid of left) killIfThere(pid);
      }
    },
  );
}

testWith("a second signal kills what is elsewhere at once", needsProc, async () => {
  const mark = uniqueMark();
  const script =
    `setsid sh -c 'trap "touch $0" TERM; trap "" INT; touch "$0.ready"; ${WORK}' "$0" & ${WORK}`;
  const folder = await Deno.makeTempDir();
  const command = ["--", "sh", "-c", script, `${folder}/${mark}`];
  const child = cliCommand([
    "run",
    "-n",
    "1",
    "--grace-period",
    "1h",
    "--reporter",
    "quiet",
    ...command,
  ], {
    stdout: "null",
    stderr: "null",
  }).spawn();
  await until(() => exists(`${folder}/${mark}.ready`), "it works");
  child.kill("SIGTERM");
  const isAsked = () => exists(`${folder}/${mark}`);
  await until(isAsked, "the grace period has begun");
  child.kill("SIGTERM");
  assertEquals((await child.status).signal, "SIGTERM");
  assertNoneLeft(mark);
  await Deno.remove(folder, { recursive: true });
});

testWith("a stop leaves alone what is not of the attempt", needsProc, async () => {
  const marks = { ended: uniqueMark(), sibling: uniqueMark(), stopped: uniqueMark() };
  const folder = await Deno.makeTempDir();
  // The first one ends well and leaves a server; the second one goes on; the third one is stopped by its time-out.
  const scripts = [
    inSession(WORK, marks.ended),
    `setsid sh -c '${WORK}' ${marks.sibling} & until [ -e ${folder}/go ]; do sleep 0.05; done; kill $!`,
    `setsid sh -c '${WORK}' ${marks.stopped} & exec sleep 100`,
  ];
  const alive: Record<string, number> = {};
  const result = await runJob(
    { totalItems: 3, numWorkers: 3, stallTimeout: 1_500, gracePeriod: 200, runTimeout: 60_000 },
    (
      { index },
    ) => [
      "sh",
      "-c",
      index === 1
        ? `(while :; do echo MESSAGE: $((i=i+1)); sleep 0.1; done) & ${scripts[1]}; kill %1; exit 0`
        : scripts[index]!,
    ],
    {
      onEvent: (event) => {
        if (event.kind !== "attempt-ended" || event.range !== 2) return;
        for (const [name, mark] of Object.entries(marks)) alive[name] = processesWith(mark).length;
        Deno.writeTextFileSync(`${folder}/go`, "");
      },
    },
  );
  await Deno.remove(folder, { recursive: true });
  const left = processesWith(marks.ended);
  for (const pid of left) killIfThere(pid);
  assertEquals(ofKind(result, "attempt-ended").find(({ range }) => range === 2)!.cause, {
    kind: "stall",
  });
  // The sibling's own script is on the command line of its shell as well.
  assertEquals([alive.stopped, alive.ended! > 0, alive.sibling! > 0], [0, true, true]);
  assert(left.length > 0);
});

testWith(
  "without the permission to read /proc, a shell finds what is elsewhere",
  needsProc,
  async () => {
    const mark = uniqueMark();
    const cli = new URL("../../cli.ts", import.meta.url).pathname;
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...[
          "run",
          "--quiet",
          "--allow-run",
          "--allow-env",
          "--allow-read",
          cli,
          "run",
          "-n",
          "2",
          "-w",
          "2",
        ],
        ...["--timeout", "500ms", "--grace-period", "300ms", "--color", "never", "--", "sh", "-c"],
        ...[ESCAPES["a session, and ignores SIGTERM"]!, mark],
      ],
      stderr: "null",
    }).output();
    assertNoneLeft(mark);
    assertEquals(new TextDecoder().decode(stdout).includes("warning"), false);
  },
);

/** Whether this user may mount something over /proc. */
const mayHideProc = succeeds("unshare", ["-m", "mount", "-t", "tmpfs", "none", "/proc"]);

testWith(
  "with an empty /proc, the group of a worker ends nevertheless, and a warning says what may be left",
  needs(LINUX, "unshare", { name: "the right to mount", isMet: mayHideProc }),
  async () => {
    const mark = uniqueMark();
    const { command, args } = cliCommandLine([
      ...[
        "run",
        "-n",
        "2",
        "-c",
        "1",
        "-w",
        "1",
        "--timeout",
        "2s",
        "--grace-period",
        "1s",
        "--color",
        "never",
      ],
      // The first one ends by itself and leaves something in its group.
      ...[
        "--",
        "sh",
        "-c",
        `sh -c '${WORK}' "$0" >/dev/null 2>&1 & [ {start} = 0 ] || ${WORK}`,
        mark,
      ],
    ]);
    const { stdout } = await new Deno.Command("unshare", {
      args: ["-m", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh", command, ...args],
      stderr: "null",
    }).output();
    assertNoneLeft(mark);
    const text = new TextDecoder().decode(stdout);
    assertStringIncludes(text, "as /proc does not show the processes");
    assertStringIncludes(text, "1 attempt left processes behind");
  },
);

/** A worker whose child starts another one and exits, again and again: each lives for a millisecond, in a session of its own. */
const CHAIN = `
  use POSIX;
  $| = 1;
  open F, ">", $ARGV[0] or die;
  if (fork) { print "MESSAGE: here\\n"; sleep 100; exit }
  $SIG{TERM} = "IGNORE";
  close STDOUT; close STDERR;
  my $end = time + 8;
  while (time < $end) { POSIX::_exit(0) if fork; setsid }
  print F "survived";
`;

testWith(
  "a stop ends a worker whose children follow each other faster than a look at /proc",
  needs(LINUX, "perl", "mkfifo"),
  async () => {
    const folder = await Deno.makeTempDir();
    const fifo = `${folder}/fifo`;
    assert(succeeds("mkfifo", [fifo]));
    // At its end when all that hold it are gone.
    const left = Deno.readTextFile(fifo);
    const control = new AbortController();
    await runJob(
      { totalItems: 1, gracePeriod: 400 },
      () => ["perl", "-e", CHAIN, fifo],
      { onEvent: ({ kind }) => kind === "message" && control.abort(), signal: control.signal },
    );
    assertEquals(await left, "");
    await Deno.remove(folder, { recursive: true });
  },
);
