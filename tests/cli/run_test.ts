import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ownCommand } from "../../src/cli/own_command.ts";
import { runCli } from "../helpers/cli.ts";

Deno.test("executor run fills placeholders in, inside an argument too", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { code } = await runCli([
      ...["run", "-n", "10", "-c", "5", "-w", "2", "--"],
      ...["sh", "-c", 'printf "%s\\n" "$@" > "$0"', `${folder}/{worker}`],
      ...[
        "--range={start}-{end}",
        "{count}",
        "{attempt}/{total}",
        "\\{start}",
        "$HOME",
        "a b",
        "{ print $1 }",
      ],
    ]);
    assertEquals(code, 0);
    const first = await Deno.readTextFile(`${folder}/0`);
    assertEquals(first, "--range=0-5\n5\n1/10\n{start}\n$HOME\na b\n{ print $1 }\n");
    assertStringIncludes(await Deno.readTextFile(`${folder}/1`), "--range=5-10\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("executor run ends with 0 when all is done and with 1 when some work failed, never a count", async () => {
  assertEquals((await runCli(["run", "-n", "3", "--", "true"])).code, 0);
  assertEquals((await runCli(["run", "-n", "9", "-c", "1", "--", "false"])).code, 1);
  assertEquals((await runCli(["run", "-n", "0", "--", "false"])).code, 0);
});

Deno.test("executor run shows ten failures, and what each said last", async () => {
  const script = "[ $EXECUTOR_START = 4 ] && exit 0; echo MESSAGE: disk full; exit 3";
  const { code, stdout } = await runCli(["run", "-n", "40", "-c", "1", "--", "sh", "-c", script]);
  const closing = stdout.split("\n\n").slice(1);
  assertEquals(closing.slice(0, -1), [
    [0, 1, 2, 3, 5, 6, 7, 8, 9, 10]
      .map((item) => `FAILED item ${item} after 1 attempt: exit code 3 – disk full`).join("\n"),
    "… and 29 more (--report, --log-dir or --journal would have them)",
  ]);
  assertMatch(closing.at(-1)!, /^sh: 1 done · 39 failed of 40 items · .*\n$/);
  assertEquals(code, 1);
});

Deno.test("executor run names the command that prints all failures, where it keeps a record of them", async () => {
  const main = new URL("../../cli.ts", import.meta.url).href;
  const state = await Deno.makeTempDir();
  const env = { XDG_STATE_HOME: state };
  const { stdout } = await runCli(["run", "-n", "12", "-c", "1", "--", "false"], { env });
  const record = `${state}/executor/${Array.from(Deno.readDirSync(`${state}/executor`))[0]!.name}`;
  // It names the record: the newest one may be that of another run by then.
  const words = ["report", "--format", "failed", record];
  assertStringIncludes(stdout, `… and 2 more: ${ownCommand(words, { main })}\n`);
  const failed = await runCli(words, { env });
  assertEquals(failed.stdout, [...Array(12).keys()].map((item) => `${item}\n`).join(""));
  await Deno.remove(state, { recursive: true });
});

Deno.test("executor run makes about four ranges per worker, unless it is told another size", async () => {
  const ranges = async (args: string) => {
    const { stdout } = await runCli([
      ...["run", "--output", "ordered", "--reporter", "quiet", ...args.split(" ")],
      ...["--", "echo", "{start}-{end}"],
    ]);
    return stdout.trim().split("\n");
  };
  const eight = ["0-3", "3-6", "6-9", "9-12", "12-14", "14-16", "16-18", "18-20"];
  assertEquals(await ranges("-n 20 -w 2"), eight);
  assertEquals(await ranges("-n 20 -w 2 -c auto"), eight);
  assertEquals(await ranges("-n 20 -w 2 -c 10"), ["0-10", "10-20"]);
  assertEquals(await ranges("-n 3 -w 2"), ["0-1", "1-2", "2-3"]);
});

const SUSPECT: [args: string, warned: boolean][] = [
  ["-n 10 -w 2 -- echo {start}", true],
  ["-n 10 -w 2 -- echo {start} {end}", false],
  ["-n 10 -w 2 -- echo {start}+{count}", false],
  ["-n 10 -c 1 -- echo {start}", false],
  ["-n 0 -- echo {start}", false],
  ["-n 10 -w 2 -- echo", false],
  // Four ranges per worker have an item each.
  ["-n 8 -w 2 -- echo {start}", false],
  ["-n 9 -w 2 -c auto -- echo {start}", true],
];

for (const [args, warned] of SUSPECT) {
  Deno.test(`executor run ${args} ${warned ? "warns" : "does not warn"} of items left undone`, async () => {
    const { code, stderr } = await runCli(["run", ...args.split(" ")]);
    const warning =
      "executor: warning: ranges have up to 2 items, but the command names only {start}: " +
      "add -c 1 for one item each, or {end}\n";
    assertEquals([code, stderr], [0, warned ? warning : ""]);
  });
}

Deno.test("executor run passes every option on", async () => {
  const options = [
    ..."-n 4 -w 2 -r 1 -c 2 --retry-delay 1ms,1,1s,0 --retry-from checkpoint --strict".split(" "),
    ..."--timeout 1m --stall-timeout 1h30m --run-timeout 1h --grace-period 500ms --halt-on 3:drain"
      .split(" "),
    ..."--grid-cols 2 --title Job --reporter plain --color never".split(" "),
  ];
  const { code, stdout } = await runCli(["run", ...options, "--", "sh", "-c", "echo PROGRESS: 1"]);
  // One item at a time is safely done, and a range that is short of its size has failed.
  assertMatch(
    stdout,
    /RETRYING +\d.* s {2}items 0–1: incomplete: it reported 1 of 2 items, attempt 1 of 2, again in 0\.0 s\n/,
  );
  assertMatch(stdout, /SUCCESS +\d.* s {2}items 0–1 after 2 attempts\n/);
  assertMatch(stdout, /^Job: 2 done of 2 ranges · 4 of 4 items done · .* · 2 retries$/m);
  assertEquals(code, 0);
});

Deno.test("executor run shows a failure's reason and its last 20 lines at the end", async () => {
  const script = "for i in $(seq 1 30); do echo line $i; done; echo '\x1b[2Jbroken'; exit 7";
  const { stdout } = await runCli(["run", "-n", "1", "--", "sh", "-c", script]);
  assertStringIncludes(stdout, "FAILED item 0 after 1 attempt: exit code 7");
  assertStringIncludes(stdout, "  │ line 30\n");
  assertStringIncludes(stdout, "  │ broken\n");
  assertEquals(stdout.match(/ {2}│ /g)?.length, 20);
});

Deno.test("executor run keeps working when its reader goes away", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const cli = new URL("../../cli.ts", import.meta.url).pathname;
    const script =
      `"$1" run -A --quiet "$2" run -n 8 -c 1 -w 1 -- sh -c 'sleep 0.1; touch ${folder}/{start}' | head -n 1`;
    const { code } = await new Deno.Command("bash", {
      args: [
        "-c",
        `set -o pipefail; ${script}; exit \${PIPESTATUS[0]}`,
        "bash",
        Deno.execPath(),
        cli,
      ],
      stdout: "null",
      stderr: "inherit",
    }).output();
    assertEquals(Array.from(Deno.readDirSync(folder)).length, 8);
    assertEquals(code, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const COLOURS: [name: string, args: string[], env: Record<string, string>, coloured: boolean][] = [
  ["a pipe", [], {}, false],
  ["FORCE_COLOR", [], { FORCE_COLOR: "1" }, true],
  ["CLICOLOR_FORCE", [], { CLICOLOR_FORCE: "1" }, true],
  ["NO_COLOR before FORCE_COLOR", [], { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
  ["--color always before NO_COLOR", ["--color", "always"], { NO_COLOR: "1" }, true],
  ["--color never before FORCE_COLOR", ["--color", "never"], { FORCE_COLOR: "1" }, false],
];

for (const [name, args, env, coloured] of COLOURS) {
  Deno.test(`executor run with ${name}: ${coloured ? "colour" : "no colour"}, and plain lines in any case`, async () => {
    const { stdout } = await runCli(["run", "-n", "1", ...args, "--", "true"], { env });
    assertEquals(stdout.includes("\x1b["), coloured);
    assertEquals(stdout.includes("\x1b[?"), false, "a grid");
  });
}
