// Workers in other languages that leave the loop over their ranges: the range that they were at is not done.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { needs, testWith } from "../helpers/needs.ts";
import { ofKind, runJob } from "../helpers/run_job.ts";
import { SDK_WORKERS } from "../helpers/sdk_workers.ts";

const python = (body: string) => `from executor_worker import ranges\n${body}\n`;
const node = (body: string) => `import { ranges } from "./executor_worker.mjs";\n${body}\n`;
const worker = (body: string) => `import { ranges } from "./src/worker.js";\n${body}\n`;
const bash = (body: string) => `. "\${0%/*}/executor_worker.sh"\n${body}\n`;

const JS: Readonly<Record<string, string>> = {
  "by break": "for await (const r of ranges()) break;",
  "by return": "await (async () => { for await (const r of ranges()) return; })();",
  "by an exit": "for await (const r of ranges()) (globalThis.Deno ?? process).exit(0);",
  "by an error that is caught": "try { for await (const r of ranges()) throw 1; } catch {}",
};

/** Scripts that take a range, and end with exit code 0 before it is done. */
const LEAVING: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "Python": {
    "by break": python("for r in ranges():\n    break"),
    "by break in the block": python("for r in ranges():\n    with r:\n        break"),
    "by return in the block": python(
      "def work():\n    for r in ranges():\n        with r:\n            return\nwork()",
    ),
    "by return, with the ranges in a variable": python(
      "every = ranges()\ndef work():\n    for r in every:\n        with r:\n            return\nwork()",
    ),
    "by an exit that is caught": python(
      "import sys\ntry:\n    for r in ranges():\n        with r:\n            sys.exit()\nexcept SystemExit:\n    pass",
    ),
    "by an exit": python("import sys\nfor r in ranges():\n    with r:\n        sys.exit()"),
  },
  "Node": mapped(JS, node),
  "/worker in deno": mapped(JS, worker),
  "/worker in node": mapped(JS, worker),
  "bash": {
    "by break": bash('while next_range "$@"; do break; done'),
    "by exit": bash('while next_range "$@"; do exit 0; done'),
  },
};

function mapped(scripts: Readonly<Record<string, string>>, make: (body: string) => string) {
  return Object.fromEntries(Object.entries(scripts).map(([how, body]) => [how, make(body)]));
}

/** Runs a script as the worker of one range of 1 to 3. */
async function run(
  { program, install }: typeof SDK_WORKERS[number],
  script: string,
  { resident }: { resident: boolean },
) {
  const file = await install(await Deno.makeTempDir());
  await Deno.writeTextFile(file, script);
  const job = { totalItems: 6, chunkSize: 2, numWorkers: 1, resident };
  return await runJob(job, () => [...program, file]);
}

for (const sdk of SDK_WORKERS) {
  const { name, program } = sdk;
  for (const [how, script] of Object.entries(LEAVING[name] ?? {})) {
    for (const resident of [false, true]) {
      const kind = resident ? "resident" : "a process for each range";
      testWith(
        `${name}, ${kind}: no range is done if its loop is left ${how}`,
        needs(program[0]!),
        async () => {
          const { summary: { counts } } = await run(sdk, script, { resident });
          assertEquals([counts.SUCCESS, counts.FAILED + counts.CRASHED], [0, 3]);
        },
      );
    }
  }
}

for (const sdk of SDK_WORKERS.filter(({ name }) => !["Python", "bash"].includes(name))) {
  testWith(
    `${sdk.name}: a range is not done if the process has nothing left to do before it is`,
    needs(sdk.program[0]!),
    async () => {
      const from = sdk.name === "Node" ? "./executor_worker.mjs" : "./src/worker.js";
      const body = "eachRange(({ start }) => start === 2 ? undefined : new Promise(() => {}));";
      const script = `import { eachRange } from "${from}";\n${body}\n`;
      const result = await run(sdk, script, { resident: false });
      const { counts, failures } = result.summary;
      assertEquals([counts.SUCCESS, counts.FAILED], [1, 2]);
      assertEquals(failures[0]?.cause, { kind: "exit", code: 1 });
      const lines = ofKind(result, "log").flatMap(({ lines }) => lines);
      assertStringIncludes(lines.join().toLowerCase(), "range 0 to 2");
    },
  );
}

const [inPython] = SDK_WORKERS;
const needsPython = needs("python3");

testWith("Python says that the loop was left, once", needsPython, async () => {
  const script = LEAVING["Python"]!["by break in the block"]!;
  for (const resident of [false, true]) {
    const result = await run(inPython!, script, { resident });
    const lines = ofKind(result, "log").flatMap(({ lines }) => lines);
    const said = "executor_worker: the loop over ranges() was left, so range 0 to 2 has failed";
    assertEquals(lines.filter((line) => line === said), [said]);
  }
});

testWith(
  "Python: an exception that is caught outside the block fails its range alone",
  needsPython,
  async () => {
    const script = python(
      "for r in ranges():\n    try:\n        with r:\n            if r.start == 2:\n                raise KeyboardInterrupt\n    except KeyboardInterrupt:\n        print('caught')",
    );
    for (const resident of [false, true]) {
      const result = await run(inPython!, script, { resident });
      const { counts } = result.summary;
      assertEquals([counts.SUCCESS, counts.FAILED], [2, 1]);
      assertStringIncludes(ofKind(result, "log").flatMap(({ lines }) => lines).join(), "caught");
    }
  },
);

/** Workers whose own words about their range come right behind a text without its end. */
const GLUED: Readonly<Record<string, readonly string[]>> = {
  Python: ["r.fail()\n    break", "break", "r.fail()\n    sys.exit()"].map((end) =>
    python(
      `import subprocess, sys\nfor r in ranges():\n    subprocess.run(["printf", "text"])\n    ${end}`,
    )
  ),
  bash: ["fail; break", "break", "fail; exit"].map((end) =>
    bash(`while next_range "$@"; do printf text; ${end}; done`)
  ),
};

for (const [name, scripts] of Object.entries(GLUED)) {
  const sdk = SDK_WORKERS.find((one) => one.name === name)!;
  testWith(
    `${name}: a range has failed, even if a program that the worker calls has left a line without its end`,
    needs(sdk.program[0]!),
    async () => {
      for (const script of scripts) {
        const { summary: { counts } } = await run(sdk, script, { resident: false });
        assertEquals([counts.SUCCESS, counts.FAILED + counts.CRASHED], [0, 3]);
      }
    },
  );
}

testWith("Python: signals are none of what a worker sends to a log", needsPython, async () => {
  const start = "sys.stdout = open(os.devnull, 'w')";
  for (const end of ["r.progress(2)", "r.progress(2)\n    break"]) {
    const script = python(`import os, sys\nfor r in ranges():\n    ${start}\n    ${end}`);
    for (const resident of [false, true]) {
      const result = await run(inPython!, script, { resident });
      assertEquals(result.summary.counts.SUCCESS, end.includes("break") ? 0 : 3);
      assertEquals(
        ofKind(result, "progress").map(({ range, done }) => [range, done]),
        [[0, 2], [1, 2], [2, 2]],
      );
    }
  }
});

testWith("Python: signals stay in the pipe, if a worker moves that", needsPython, async () => {
  const start = "sys.stdout = os.fdopen(os.dup(1), 'w'); os.dup2(2, 1)";
  const script = python(
    `import os, sys\n${start}\nfor r in ranges():\n    r.progress(2)\n    break`,
  );
  for (const resident of [false, true]) {
    const result = await run(inPython!, script, { resident });
    assertEquals(result.summary.counts.SUCCESS, 0);
    assertEquals(ofKind(result, "progress").map(({ done }) => done), [2, 2, 2]);
  }
});

testWith("Python: a pipe of the worker gets no signals", needsPython, async () => {
  const start =
    "sys.stdout = io.TextIOWrapper(subprocess.Popen(['cat'], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL).stdin)";
  const script = python(
    `import io, subprocess, sys\n${start}\nfor r in ranges():\n    r.progress(2)`,
  );
  for (const resident of [false, true]) {
    const { summary: { counts } } = await run(inPython!, script, { resident });
    assertEquals(counts.SUCCESS, 3);
  }
});

testWith("Python: a pipe is known that was moved before the import", needsPython, async () => {
  const start = "import os, sys\nsys.stdout = os.fdopen(os.dup(1), 'w')\nos.dup2(2, 1)";
  const script = `${start}\n${python("for r in ranges():\n    r.progress(2)")}`;
  for (const resident of [false, true]) {
    const result = await run(inPython!, script, { resident });
    assertEquals(ofKind(result, "progress").map(({ done }) => done), [2, 2, 2]);
  }
});

testWith("Python: a range that has failed may fail again", needsPython, async () => {
  const script = python(
    "for r in ranges():\n    with r:\n        if r.start == 2:\n            raise ValueError\n    if r.start == 2:\n        r.fail()",
  );
  for (const resident of [false, true]) {
    const { summary } = await run(inPython!, script, { resident });
    assertEquals([summary.counts.SUCCESS, summary.counts.FAILED], [2, 1]);
  }
});

testWith("Python: processes of multiprocessing have no range", needsPython, async () => {
  const script = python(
    `import multiprocessing\ndef square(n):\n    return n * n\nfor r in ranges():\n    with multiprocessing.get_context("spawn").Pool(1) as pool:\n        print("squares", pool.map(square, [r.start]))`,
  );
  for (const resident of [false, true]) {
    const result = await run(inPython!, script, { resident });
    assertEquals(result.summary.counts.SUCCESS, 3);
    const lines = ofKind(result, "log").flatMap(({ lines }) => lines);
    assertEquals(lines, ["squares [0]", "squares [4]", "squares [16]"]);
  }
});

/** Workers that take the ranges of a process twice. */
const TWICE: Readonly<Record<string, string>> = {
  Python: python("for turn in [1, 2]:\n    for r in ranges():\n        print(turn, r.start)"),
  Node: node(
    `import { isMainThread, Worker } from "node:worker_threads";\nimport { once } from "node:events";\nfor await (const r of ranges()) {\n  console.log(isMainThread ? 1 : 2, r.start);\n  await once(new Worker(process.argv[1]), "exit");\n}\nfor await (const r of ranges()) console.log(2, r.start);`,
  ),
  "/worker in deno": worker(
    "for (const turn of [1, 2]) for await (const r of ranges()) console.log(turn, r.start);",
  ),
};

for (const [name, script] of Object.entries(TWICE)) {
  const sdk = SDK_WORKERS.find((one) => one.name === name)!;
  testWith(`${name}: a resident process has its ranges once`, needs(sdk.program[0]!), async () => {
    const result = await run(sdk, script, { resident: true });
    const lines = ofKind(result, "log").flatMap(({ lines }) => lines);
    assertEquals([result.summary.counts.SUCCESS, lines], [3, ["1 0", "1 2", "1 4"]]);
  });
}

/** What comes too late in Python: the loop has ended, or has come back for the next range. */
const LATE = [
  "r, = ranges()\nr.fail()",
  "r, = ranges()\nwith r:\n    raise ValueError('bad')",
  "import signal, os, time\ntry:\n    for r in ranges():\n        with r:\n            os.kill(os.getpid(), signal.SIGINT)\n            time.sleep(1)\nexcept KeyboardInterrupt:\n    pass",
];

testWith("Python: a range that fails behind its loop has failed", needsPython, async () => {
  for (const body of LATE) {
    const { summary: { counts } } = await run(inPython!, python(body), { resident: false });
    assertEquals([counts.SUCCESS, counts.FAILED], [0, 3]);
  }
});

/** Loops of bash in which `fail` is called in a subshell. */
const SUBSHELLS = [
  "echo a | while read -r _; do fail; done",
  "( fail )",
  "x=$(fail)",
  "fail & wait",
  "( ( fail ) & wait ); break",
];

testWith("bash: a range has failed if a subshell says so", needs("bash"), async () => {
  const sdk = SDK_WORKERS.find(({ name }) => name === "bash")!;
  for (const body of SUBSHELLS) {
    const loop =
      `while next_range "$@"; do if [ "$start" = 2 ]; then ${body}; fi; progress 2; done`;
    for (
      const script of [bash(loop), bash(`set -euo pipefail; ${loop}`), bash(`( ${loop} ) | cat`)]
    ) {
      for (const resident of [false, true]) {
        // A resident process that leaves its loop is another matter, and so is the exit code of a pipe.
        if (body.endsWith("break") && (resident || script.includes("| cat"))) continue;
        if (resident && script.includes("| cat")) continue;
        const result = await run(sdk, script, { resident });
        const { counts, failures } = result.summary;
        assertEquals(
          [counts.SUCCESS, failures.map(({ startIndex }) => startIndex)],
          [2, [2]],
          script,
        );
        const done = ofKind(result, "progress").map(({ range }) => range);
        assertEquals(done, [0, 2], script);
      }
    }
  }
});

/** Workers that call themselves, with words of their own. */
const CALLING: Readonly<Record<string, string>> = {
  Python: python(
    "import subprocess, sys\nfor r in ranges():\n    print('range', r.start, r.end, flush=True)\n    if r.start < 70:\n        subprocess.run([sys.executable, __file__, '70', '72'], check=True)",
  ),
  Node: node(
    `import { execFileSync } from "node:child_process";\nfor await (const r of ranges()) {\n  console.log("range", r.start, r.end);\n  if (r.start < 70) execFileSync(process.execPath, [process.argv[1], "70", "72"], { stdio: "inherit" });\n}`,
  ),
  bash: bash(
    'while next_range "$@"; do echo "range $start $end"; [ "$start" -ge 70 ] || bash "$0" 70 72; done',
  ),
};

for (const [name, script] of Object.entries(CALLING)) {
  const sdk = SDK_WORKERS.find((one) => one.name === name)!;
  testWith(
    `${name}: what a resident worker calls is no resident worker`,
    needs(sdk.program[0]!),
    async () => {
      const result = await run(sdk, script, { resident: true });
      const lines = ofKind(result, "log").flatMap(({ lines }) => lines);
      const want = [[0, 2], [2, 4], [4, 6]].flatMap(([start, end]) => [
        `range ${start} ${end}`,
        "range 70 72",
      ]);
      assertEquals(lines.filter((line) => line.startsWith("range")), want);
    },
  );
}

testWith("bash: a trap of the script stays", needs("bash"), async () => {
  const bashSdk = SDK_WORKERS.find(({ name }) => name === "bash")!;
  const script = `trap 'echo trapped' EXIT\n${bash('while next_range "$@"; do :; done')}`;
  const result = await run(bashSdk, script, { resident: false });
  assertEquals(result.summary.counts.SUCCESS, 3);
  assertEquals(
    ofKind(result, "log").flatMap(({ lines }) => lines).join(),
    "trapped,trapped,trapped",
  );
});
