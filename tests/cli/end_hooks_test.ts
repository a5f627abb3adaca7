// Hooks of the end of a run: what they are told, and that none of them holds up or changes the run.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cliCommand, type CliResult, runCli } from "../helpers/cli.ts";
import { exists, textOf } from "../helpers/files.ts";
import { assertHas, linesOf, runWithHooks } from "../helpers/hooks.ts";
import { withFolder } from "../helpers/journal.ts";
import { LINUX, needs, POSIX, testWith } from "../helpers/needs.ts";
import { assertNoneLeft, processesWith, signalIfThere, until } from "../helpers/processes.ts";

const needsShell = needs(POSIX);
const CLI = new URL("../../cli.ts", import.meta.url).pathname;

testWith("--on-end gets the summary on stdin, and variables", needsShell, async () => {
  await withFolder(async (folder) => {
    const journal = `${folder}/run.jsonl`;
    const hook = `cat > ${folder}/input; env | grep '^EXECUTOR_' | sort > ${folder}/env`;
    const { code, stderr } = await runWithHooks([
      ...["-n", "3", "-c", "1", "--title", "Three", "--journal", journal, "--on-end", hook],
      ...["--", "sh", "-c", "echo why; [ {start} != 1 ]"],
    ]);
    assertEquals([code, stderr], [1, ""]);
    const input = JSON.parse(await Deno.readTextFile(`${folder}/input`));
    assertHas(input, {
      v: 1,
      hook: "end",
      title: "Three",
      journal,
      status: "failed",
      summary: {
        ok: false,
        exitCode: 1,
        totalItems: 3,
        doneItems: 2,
        counts: { SUCCESS: 2, FAILED: 1, CRASHED: 0, FINISHED: 0 },
        failures: [{ name: "item 1", reason: "exit code 1", log: ["why"], attempts: 1 }],
      },
    });
    assertEquals(
      await Deno.readTextFile(`${folder}/env`),
      [
        "EXECUTOR_EXIT_CODE=1",
        "EXECUTOR_HOOK=end",
        `EXECUTOR_JOURNAL=${journal}`,
        `EXECUTOR_RUN_ID=${input.summary.runId}`,
        "EXECUTOR_STATUS=failed",
        "EXECUTOR_TITLE=Three",
      ].map((line) => `${line}\n`).join(""),
    );
  });
});

testWith(
  "--on-end is told of ten failures at most, and of the number of all",
  needsShell,
  async () => {
    const { stderr } = await runWithHooks([
      "-n",
      "30",
      "-c",
      "1",
      "--on-end",
      "cat >&2",
      "--",
      "false",
    ]);
    const { summary } = JSON.parse(stderr);
    assertEquals([summary.failures.length, summary.counts.FAILED], [10, 30]);
  },
);

/** Hooks at the end that go wrong, and what stderr says. */
const FAULTS: [what: string, hook: string, stderr: RegExp][] = [
  ["exits with 3", "exit 3", /^executor: --on-end ended with exit code 3\n$/],
  [
    "is no program",
    "no-such-program",
    /no-such-program.*\nexecutor: --on-end ended with exit code 127\n$/,
  ],
  ["kills itself", "kill -SEGV $$", /^executor: --on-end was ended by SIGSEGV\n$/],
  ["closes its stdin at once", "exec <&-; echo told", /^told\n$/],
  ["does not read its stdin", "echo told", /^told\n$/],
  ["prints a line without an end", "printf told", /^told\n$/],
  ["prints control sequences", "printf '\\033[31mred\\033]0;x\\007\\n'", /^red\n$/],
];

for (const [what, hook, stderr] of FAULTS) {
  testWith(`a hook that ${what} does not change the exit code`, needsShell, async () => {
    const result = await runWithHooks(["-n", "2", "--on-end", hook, "--", "true"]);
    assertEquals(result.code, 0);
    assertMatch(result.stderr, stderr);
  });
}

testWith("a hook need not read a summary that no pipe takes at once", needsShell, async () => {
  const worker = "i=0; while [ $i -lt 20 ]; do printf '%01000d\\n' 0; i=$((i+1)); done; exit 1";
  const result = await runWithHooks([
    ...["-n", "20", "-c", "1", "--on-end", "exec <&-; sleep 0.1", "--on-failure", "true"],
    ...["--", "sh", "-c", worker],
  ]);
  assertEquals([result.code, result.stderr], [1, ""]);
});

for (const hook of ["sleep 1000", "trap '' TERM; sleep 1000 & wait; sleep 1000"]) {
  testWith(`a hook that hangs is ended with its group: ${hook}`, needsShell, async () => {
    await withFolder(async (folder) => {
      const result = await runWithHooks([
        ...["-n", "2", "--hook-timeout", "500ms", "--on-end", `${hook}; : ${folder}`],
        ...["--", "true"],
      ]);
      assertEquals(result.code, 0);
      assertEquals(linesOf(result), ["executor: --on-end had not ended in time, and was ended"]);
      assertNoneLeft(folder);
    });
  });
}

for (const how of ["its time", "a signal"]) {
  testWith(
    `a hook that works in a group of its own ends with ${how}`,
    needs("timeout", "sh"),
    async () => {
      await withFolder(async (folder) => {
        const hook = `timeout 100 sh -c 'touch $0/begun; while :; do sleep 0.1; done' ${folder}`;
        const limit = how === "its time" ? ["--hook-timeout", "1s"] : [];
        const words = ["run", "-n", "1", "--reporter", "quiet", ...limit, "--on-end", hook];
        await using child = cliCommand([...words, "--", "true"]).spawn();
        await until(() => exists(`${folder}/begun`), "the hook works");
        if (how === "a signal") child.kill("SIGTERM");
        await child.status;
        await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
        assertNoneLeft(folder);
      });
    },
  );
}

testWith("a child that a hook leaves in its group is ended", needsShell, async () => {
  await withFolder(async (folder) => {
    const hook = `sh -c 'while :; do sleep 0.1; done' ${folder} & echo $! > ${folder}/pid`;
    const result = await runWithHooks(["-n", "2", "--on-end", hook, "--", "true"]);
    assertEquals(result.code, 0);
    assertEquals(linesOf(result), [
      "executor: --on-end left processes behind, which were ended",
    ]);
    assertMatch(await textOf(`${folder}/pid`), /^\d+\n$/);
    assertNoneLeft(folder);
  });
});

testWith(
  "a child in a session of its own goes on, and holds up nothing with the pipes",
  needs(LINUX, "setsid"),
  async () => {
    await withFolder(async (folder) => {
      const script = `: >${folder}/in; while [ ! -e ${folder}/stop ]; do sleep 0.1; done`;
      const child = `sh -c '${script}' stays-${folder}`;
      // Until it is in its session, it would end with the group of the hook.
      const hook = `setsid -f ${child}; until [ -e ${folder}/in ]; do sleep 0.01; done; echo told`;
      const result = await runWithHooks(["-n", "2", "--on-end", hook, "--", "true"]);
      assertEquals([result.code, result.stderr], [0, "told\n"]);
      // A program that it starts has its command line for a moment.
      await until(() => processesWith(`stays-${folder}`).length === 1, "the child alone is there");
      await Deno.writeTextFile(`${folder}/stop`, "");
      await until(() => processesWith(folder).length === 0, "the child has ended");
    });
  },
);

testWith("a hook that prints without end is cut off, and goes on", needsShell, async () => {
  const hook = "yes 0123456789abcde | head -n 100000; exit 4";
  const { code, stderr } = await runWithHooks(["-n", "2", "--on-end", hook, "--", "true"]);
  assertEquals(code, 0);
  const lines = stderr.split("\n");
  assertEquals(lines.slice(-3), [
    `… ${1_600_000 - 65_536} more bytes left out`,
    "executor: --on-end ended with exit code 4",
    "",
  ]);
  assertEquals(lines.length, 4096 + 3);
});

/** Starts a run that lasts, with a hook at its end, and calls a test when its worker is there. */
async function whileRunning(
  hook: (folder: string) => string,
  test: (child: Deno.ChildProcess, folder: string) => Promise<void>,
  { options = [], setUp = () => ":" }: {
    options?: string[];
    setUp?: (folder: string) => string;
  } = {},
): Promise<CliResult> {
  let result: CliResult | undefined;
  await withFolder(async (folder) => {
    const worker = `${setUp(folder)}
      : > ${folder}/here; while [ ! -e ${folder}/go ]; do sleep 0.05; done`;
    const child = cliCommand([
      ...["run", "--reporter", "summary", "-n", "1", "--on-end", hook(folder), ...options],
      ...["--", "sh", "-c", worker],
    ]).spawn();
    const output = child.output();
    await until(() => exists(`${folder}/here`), "the worker is there");
    await test(child, folder);
    const { code, signal, stdout, stderr } = await output;
    const decoder = new TextDecoder();
    result = { code, signal, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
    assertNoneLeft(folder);
  });
  return result!;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  testWith(
    `--on-end is run after ${signal}, which still ends the executor`,
    needsShell,
    async () => {
      let told = "";
      const result = await whileRunning(
        (folder) => `echo "$EXECUTOR_STATUS $EXECUTOR_EXIT_CODE" > ${folder}/told`,
        async (child, folder) => {
          child.kill(signal);
          await child.status;
          told = await textOf(`${folder}/told`);
        },
      );
      assertEquals([result.signal, result.stderr], [signal, ""]);
      assertEquals(told, `stopped ${signal === "SIGINT" ? 130 : 143}\n`);
    },
  );
}

testWith("a signal while --on-end runs ends it at once", needsShell, async () => {
  const result = await whileRunning(
    (folder) => `: > ${folder}/end; sleep 1000`,
    async (child, folder) => {
      await Deno.writeTextFile(`${folder}/go`, "");
      await until(() => exists(`${folder}/end`), "the hook runs");
      child.kill("SIGINT");
    },
  );
  assertEquals(result.signal, "SIGINT");
  assertEquals(linesOf(result), ["executor: --on-end was ended by SIGINT"]);
});

testWith("a second Ctrl-C skips --on-end", needsShell, async () => {
  let hasRun = false;
  const result = await whileRunning(
    (folder) => `: > ${folder}/end`,
    async (child, folder) => {
      child.kill("SIGINT");
      // The first one is seen by the worker, which stays.
      await until(() => exists(`${folder}/asked`), "the worker was asked to end");
      child.kill("SIGINT");
      await child.status;
      hasRun = exists(`${folder}/end`);
    },
    {
      options: ["--grace-period", "1h"],
      setUp: (folder) => `trap ': > ${folder}/asked' INT`,
    },
  );
  assertEquals([result.signal, hasRun], ["SIGINT", false]);
  assertEquals(linesOf(result), [
    "executor: --on-end was skipped, as a second signal stopped the run",
  ]);
});

testWith(
  "after SIGKILL of the executor, nothing is left of the hook at the end",
  needs(LINUX),
  async () => {
    await withFolder(async (folder) => {
      // One hook has begun before the end of the run, and the other one after it.
      const hook = (name: string) => `trap '' TERM; : > ${folder}/${name}; sleep 1000; : ${folder}`;
      const child = cliCommand([
        ...["run", "-n", "1", "--on-failure", hook("failed"), "--on-end", hook("ended")],
        ...["--", "false"],
      ]).spawn();
      const output = child.output();
      await until(() => exists(`${folder}/failed`) && exists(`${folder}/ended`), "the hooks run");
      signalIfThere(child, "SIGKILL");
      await output;
      await until(() => processesWith(folder).length === 0, "nothing is left");
    });
  },
);

for (const option of ["--on-failure", "--on-end"]) {
  testWith(
    `a hook that kills the executor as soon as it begins is ended: ${option}`,
    needs(LINUX),
    async () => {
      await withFolder(async (folder) => {
        const hook = `kill -9 $PPID; sleep 1000; : ${folder}`;
        const job = ["-n", "2", "-c", "1", "--", "sh", "-c", "[ $0 = 0 ] && exit 1; sleep 0.1"];
        const child = cliCommand(["run", option, hook, ...job, "{start}"]).spawn();
        assertEquals((await child.output()).signal, "SIGKILL");
        await until(() => processesWith(folder).length === 0, "nothing is left");
      });
    },
  );
}

testWith(
  "a run within a hook does not take the hook's variables for its own",
  needsShell,
  async () => {
    const inner =
      `'${Deno.execPath()}' run -A --quiet '${CLI}' run -n 1 --output ordered --reporter quiet`;
    const hook =
      `${inner} -- sh -c 'env | grep -e EXIT_CODE -e EXECUTOR_HOOK -e EXECUTOR_STATUS || echo none'`;
    const { code, stderr } = await runWithHooks(["-n", "1", "--on-end", hook, "--", "true"]);
    assertEquals([code, stderr], [0, "none\n"]);
  },
);

testWith("executor resume runs the hooks of the journal", needsShell, async () => {
  await withFolder(async (folder) => {
    const journal = `${folder}/run.jsonl`;
    const options = ["--journal", journal, "--on-end", "echo end $EXECUTOR_STATUS"];
    const first = await runWithHooks(["-n", "1", ...options, "--", "test", "-e", `${folder}/go`]);
    assertEquals([first.code, first.stderr], [1, "end failed\n"]);
    await Deno.writeTextFile(`${folder}/go`, "");
    const { code, stderr } = await runCli(["resume", journal]);
    assertEquals([code, stderr], [0, "end done\n"]);
  });
});

testWith("--hook-timeout needs a hook", needsShell, async () => {
  const { code, stderr } = await runWithHooks(["-n", "1", "--hook-timeout", "1s", "--", "true"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "--hook-timeout must be used with --on-end or --on-failure");
});
