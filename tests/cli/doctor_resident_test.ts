// The doctor with resident workers in Python and bash, one for each mistake.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cliCommand, type CliResult, runCli } from "../helpers/cli.ts";
import { needs, testWith } from "../helpers/needs.ts";
import { assertNoneLeft, uniqueMark, until } from "../helpers/processes.ts";

/** It reads a line at a time, as bash does: a range that comes early waits in the pipe. */
const PYTHON = `import os, subprocess, sys, time
def answer(text):
    print(text, flush=True)
for line in map(bytes.decode, open(0, "rb", 0)):
    word, _, rest = line.strip().partition(": ")
    if word == "RANGE":
        id, start, end = map(int, rest.split())
    if word != "GO":
        continue
`;
const BASH = `while IFS= read -r line; do
  case $line in
    "RANGE: "*) read -r id start end <<<"\${line#RANGE: }" ;;
    "GO: "*)
`;

interface Mistake {
  name: string;
  /** What the workers do at GO, in Python and in bash. */
  python: string;
  bash: string;
  /** The title of the finding. */
  said: RegExp;
  /** A part of the advice for each of the two. */
  advice: readonly [python: string, bash: string];
  /** Whether it has answered, with the id of the range. */
  isAnswer?: boolean;
  /** The time for all answers, if that runs out. A worker that must have started by then has more of it. */
  timeout?: string;
}

const MISTAKES: readonly Mistake[] = [
  {
    name: "ignores its ranges",
    timeout: "700ms",
    python: "    pass",
    bash: "      : ;;",
    said: /✗ problem +It answered none of its ranges in (\d+ ms|[\d.]+ s)\n/,
    advice: ["from executor_worker import ranges", ". ./executor_worker.sh"],
  },
  {
    name: "buffers its answers",
    timeout: "700ms",
    python: "    sys.stdout.write('STATUS: SUCCESS %d\\n' % id)",
    bash: '      echo "STATUS: SUCCESS $id" ;;',
    said: /✗ problem +It answered range 7 \(items 10–13\) and 2 others only when its input ended/,
    advice: ["print(…, flush=True)", "stdbuf -oL program …"],
  },
  {
    name: "answers twice",
    python: "    answer('STATUS: SUCCESS %d' % id); answer('STATUS: SUCCESS %d' % id)",
    bash: '      echo "STATUS: SUCCESS $id"; echo "STATUS: FAILED $id" ;;',
    said: /✗ problem +It answered range 7 \(items 10–13\) and 2 others more than once\n/,
    advice: ["Only the first answer counts", "Only the first answer counts"],
  },
  {
    name: "answers with another id",
    timeout: "700ms",
    python: "    answer('STATUS: SUCCESS %d' % start)",
    bash: '      echo "STATUS: SUCCESS $start" ;;',
    said: /✗ problem +It answered with another id than that of its range, 3 times\n/,
    advice: ["│ STATUS: SUCCESS 10\n", "      STATUS: SUCCESS 7\n"],
  },
  {
    name: "answers every range with the id of the first one",
    timeout: "3s",
    python: "    first = globals().get('first', id); answer('STATUS: SUCCESS %d' % first)",
    bash: '      first=${first-$id}; echo "STATUS: SUCCESS $first" ;;',
    said: /✗ problem +It answered with another id than that of its range, 2 times\n/,
    advice: ["│ STATUS: SUCCESS 7\n", "      STATUS: SUCCESS 8\n"],
  },
  {
    name: "answers without an id",
    timeout: "700ms",
    python: "    answer('STATUS: SUCCESS')",
    bash: "      echo STATUS: SUCCESS ;;",
    said: /✗ problem +It answers without the id of the range: such a status ends none\n/,
    advice: ["RANGE: 7 10 14 is answered by:", "      STATUS: SUCCESS 7\n"],
  },
  {
    name: "calls a program that reads its stdin until that ends",
    timeout: "3s",
    python: "    subprocess.run(['cat'], stdout=subprocess.DEVNULL)\n" +
      "    answer('STATUS: SUCCESS %d' % id)",
    bash: '      cat >/dev/null; echo "STATUS: SUCCESS $id" ;;',
    said:
      /✗ problem +It gave no answer to range 8 \(items 14–16\) and 1 other, but saw the end of its input: most likely, a program that it calls has read its stdin\n/,
    advice: ["stdin=subprocess.DEVNULL", "program … </dev/null"],
  },
  {
    name: "calls a program that reads what there is on its stdin",
    python: "    subprocess.run(['timeout', '1', 'cat'], stdout=subprocess.DEVNULL)\n" +
      "    answer('STATUS: SUCCESS %d' % id)",
    bash: '      timeout 1 cat >/dev/null; echo "STATUS: SUCCESS $id" ;;',
    said:
      /✗ problem +It gave no answer to range 9 \(items 17–19\), but saw the end of its input: most likely, a program that it calls has read its stdin\n/,
    advice: ["stdin=subprocess.DEVNULL", "program … </dev/null"],
    timeout: "5s",
  },
  {
    name: "exits at its first range",
    python: "    sys.exit(3)",
    bash: "      echo oh no >&2; exit 3 ;;",
    said: /✗ problem +It exited with code 3 without an answer to its range\n/,
    advice: ["stays, reads ranges from its stdin", "│ oh no\n"],
  },
  {
    name: "fails a range",
    python:
      "    print('oh no'); answer('STATUS: %s %d' % ('SUCCESS' if start == 10 else 'FAILED', id))",
    bash:
      '      echo oh no; echo "STATUS: $([ $start = 10 ] && echo SUCCESS || echo FAILED) $id" ;;',
    said: /✗ problem +It answered FAILED to items 14–16, and 1 other range too\n/,
    advice: ["│ oh no\n", "│ oh no\n"],
  },
  {
    name: "counts on over its ranges",
    isAnswer: true,
    python: "    answer('PROGRESS: %d' % (end - 10)); answer('STATUS: SUCCESS %d' % id)",
    bash: '      echo "PROGRESS: $((end - 10))"; echo "STATUS: SUCCESS $id" ;;',
    said:
      /✗ problem +Its progress goes beyond its range: it reported 7 of 3 items, for items 14–16/,
    advice: ["It begins at 1 again", "It begins at 1 again"],
  },
  {
    name: "answers on stderr",
    timeout: "700ms",
    python: "    print('STATUS: SUCCESS %d' % id, file=sys.stderr)",
    bash: '      echo "STATUS: SUCCESS $id" >&2 ;;',
    said: /✗ problem +3 lines on stderr look like signals/,
    advice: ["without file=sys.stderr", "echo without >&2"],
  },
  {
    name: "has another word beside the id",
    timeout: "700ms",
    python: "    answer('STATUS: SUCCESS id=%d' % id)",
    bash: '      echo "STATUS: SUCCESS id=$id" ;;',
    said: /✗ problem +The values of 3 lines with a known prefix cannot be read/,
    advice: ["only the id of the range", "only the id of the range"],
  },
  {
    name: "stays when its input has ended",
    isAnswer: true,
    python: "    answer('STATUS: SUCCESS %d' % id)\nelse:\n    time.sleep(60)",
    bash: '      echo "STATUS: SUCCESS $id"; [ $end = 20 ] && sleep 60 ;;',
    said: /✗ problem +It did not exit when its input ended\n/,
    advice: ["is ended by SIGTERM", "is ended by SIGTERM"],
  },
];

/** Examines a worker that is in a file. */
async function examine(
  [program, ending]: readonly [program: string, ending: string],
  text: string,
  timeout = "30s",
): Promise<CliResult> {
  const file = await Deno.makeTempFile({ suffix: ending });
  try {
    await Deno.writeTextFile(file, text);
    const own = ["--timeout", timeout, "--grace-period", "1500ms"];
    const env = file.endsWith(".py") ? ["env", "-u", "PYTHONUNBUFFERED", program] : [program];
    return await runCli(["doctor", "--resident", ...own, "--", ...env, file]);
  } finally {
    await Deno.remove(file);
  }
}

const python = (text: string, timeout?: string) =>
  examine(["python3", ".py"], PYTHON + text, timeout);
const bash = (text: string, timeout?: string) =>
  examine(["bash", ".sh"], `${BASH}${text}\n  esac\ndone\n`, timeout);
/** A filter that holds back what a bash worker prints, as echo does not. */
const held = (text: string, timeout?: string) =>
  examine(["bash", ".sh"], `{ ${BASH}${text}\n  esac\ndone; } | sed ''\n`, timeout);

for (const { name, said, advice, timeout, isAnswer = false, ...workers } of MISTAKES) {
  const check = ({ code, stdout }: CliResult, part: string) => {
    assertMatch(stdout.replaceAll(/\n {11}/g, " "), said);
    assertStringIncludes(stdout, part);
    assertEquals(stdout.match(/✗ problem/g)?.length, 1, stdout);
    assertEquals(/✓ ok +It answered 3 ranges, each one by its id\n/.test(stdout), isAnswer);
    assertEquals(code, 1);
  };
  testWith(`executor doctor --resident: a worker in Python ${name}`, needs("python3"), async () => {
    check(await python(workers.python, timeout), advice[0]);
  });
  testWith(`executor doctor --resident: a worker in bash ${name}`, needs("bash"), async () => {
    const examined = name === "buffers its answers" ? held : bash;
    check(await examined(workers.bash, timeout), advice[1]);
  });
}

const SDKS: [language: string, program: string, file: string, worker: string][] = [
  [
    "python",
    "python3",
    "executor_worker.py",
    "from executor_worker import ranges\nfor r in ranges():\n  with r:\n    r.progress(len(r))\n",
  ],
  [
    "node",
    "node",
    "executor_worker.mjs",
    'import { eachRange } from "./executor_worker.mjs";\n' +
    "await eachRange((r) => r.progress(r.end - r.start));\n",
  ],
  [
    "bash",
    "bash",
    "executor_worker.sh",
    '. "${0%/*}/executor_worker.sh"\nwhile next_range "$@"; do\n' +
    "  cat; progress $((end - start))\ndone\n",
  ],
];

for (const [language, program, file, worker] of SDKS) {
  testWith(
    `executor doctor --resident finds nothing wrong with a worker that has the file of executor sdk ${language}`,
    needs(program),
    async () => {
      const folder = await Deno.makeTempDir();
      try {
        await Deno.copyFile(
          new URL(`../../src/cli/sdk/${file}`, import.meta.url),
          `${folder}/${file}`,
        );
        const path = `${folder}/work${file.slice(file.lastIndexOf("."))}`;
        await Deno.writeTextFile(path, worker);
        const { code, stdout } = await runCli(["doctor", "--resident", "--", program, path]);
        assertMatch(stdout, /^items 10–19 of 20 in 3 ranges: SUCCESS after /m);
        assertMatch(stdout, /✓ ok +It answered 3 ranges, each one by its id\n/);
        assertMatch(stdout, /✓ ok +It exited when its input ended\n/);
        assertMatch(stdout, /\nNo problem: the grid can show what this worker does\.\n$/);
        assertEquals(code, 0);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  );
}

testWith("executor doctor --resident sends the items of a list", needs("bash"), async () => {
  const script = 'while read -r l; do echo "$l" >&2; case $l in GO*) echo STATUS: SUCCESS "$' +
    '(echo $l | cut -c 5-)" ;; esac; done; sleep 0.1; exit 1';
  const args = ["doctor", "--resident", "--", "bash", "-c", script, ":::", "a b", "c", "d", "e"];
  const { code, stdout } = await runCli(args);
  assertMatch(stdout, /^items 0–2 \(a b …\) in 3 ranges: SUCCESS/m);
  assertMatch(stdout, /\b9 lines on\s+stderr/);
  assertEquals(code, 0);
});

testWith(
  "executor doctor --resident says that a worker takes one range only",
  needs("bash"),
  async () => {
    const { code, stdout } = await bash('      echo "STATUS: SUCCESS $id"; exit ;;');
    assertMatch(stdout, /! note +It exited with code 0 after 1 range, before its input ended\n/);
    assertEquals(code, 0);
  },
);

testWith("SIGINT to executor doctor --resident: nothing is left", needs("bash"), async () => {
  const mark = uniqueMark();
  const folder = await Deno.makeTempDir();
  try {
    const script = `touch "$1/ready"; sleep 60; : ${mark}`;
    const args = ["doctor", "--resident", "--", "bash", "-c", script, "x", folder];
    const child = cliCommand(args).spawn();
    const output = Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    await until(() => Array.from(Deno.readDirSync(folder)).length > 0, "the worker is at work");
    child.kill("SIGINT");
    const { signal } = await child.status;
    const [stdout] = await output;
    assertEquals(signal, "SIGINT");
    assert(stdout.includes("You ended it (SIGINT)"), stdout);
    assertNoneLeft(mark);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

testWith(
  "executor doctor --resident refuses the placeholder of a range",
  needs("bash"),
  async () => {
    const { code, stderr } = await runCli(["doctor", "--resident", "--", "bash", "{start}"]);
    assertStringIncludes(stderr, "{start} is not known when a resident worker starts");
    assertEquals(code, 2);
  },
);
