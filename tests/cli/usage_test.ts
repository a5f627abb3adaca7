import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "@std/assert";
import { PLACEHOLDER_ROWS } from "../../src/cli/placeholders.ts";
import { PLACEHOLDER_WORDS } from "../../src/model/placeholders.ts";
import { describeVersions } from "../../src/cli/version.ts";
import { COMMAND_NAMES } from "../../src/cli/main.ts";
import { runCli } from "../helpers/cli.ts";

const WRONG: [args: string[], said: RegExp][] = [
  [
    ["run", "--", "true"],
    /nothing to do: give --total, --items FILE, or items after ::: .*\{item\}.*--items -/,
  ],
  [["run", "-n", "3", "--", "true", ":::", "a"], /--total cannot be used with a list of items/],
  [
    ["run", "-c", "3", "--", "true", ":::", "a"],
    /--chunk-size must be a time such as 200ms with a list of items: current value is 3. For 3 items per process, use --per-process 3$/m,
  ],
  [
    ["run", "-c", "1", "--", "true", ":::", "a"],
    /current value is 1. For 1 item per process, use --per-process 1$/m,
  ],
  [
    ["run", "-c", "auto", "--", "true", ":::", "a"],
    /--chunk-size must be a time .*: current value is "auto". Leave it out, or use --per-process N for N/,
  ],
  [["run", "-c", "200ms", "--", "echo"], /for a list on stdin, write \{items\} in the command/],
  [["run", "--per-process", "2", "--", "echo"], /for a list on stdin, write \{items\} in the/],
  [["run", "--per-process", "1", "--", "echo"], /for a list on stdin, write \{item\} in the/],
  [["run", "--csv", "-c", "200ms", "--", "echo"], /for a list on stdin, write \{item\} in the/],
  [["run", "-n", "3", "--per-process", "2", "--", "true"], /--per-process needs a list of items/],
  [["run", "--per-process", "0", "--", "true", ":::", "a"], /--per-process must be a positive/],
  [
    ["run", "--items", "/no/such", "--", "true", ":::", "a"],
    /--items or :::: must be a file that can be read: current value is "\/no\/such"/,
  ],
  [["run", "--items", "/no/such", "--", "true"], /--items or :::: must be a file .*"\/no\/such"/],
  [["run", "--items", "/tmp", "--", "true"], /--items or :::: must be a file .*"\/tmp"/],
  [["run", "-0", "--", "true", ":::", "a"], /--null must be used with a list from a file/],
  [["run", "-0", "-n", "1", "--", "true"], /--null must be used with a list from a file/],
  [["run", "--keep-blank", "--", "true", ":::", "a"], /--keep-blank must be used with a list from/],
  [["run", "--link", "--", "true", ":::", "a"], /--link must be used with several lists/],
  [["run", "-n", "1", "--csv", "--", "true"], /--csv must be used with a list of items/],
  [["run", "-n", "1", "--colsep", ",", "--", "true"], /--colsep must be used with a list of/],
  [
    ["run", "--colsep", "(", "--", "true", ":::", "a"],
    /--colsep must be a regular expression: .*"\("/,
  ],
  [
    ["run", "--colsep", "|", "--", "true", ":::", "a"],
    /--colsep must be .*: current value is "\|" \(.*write '\\\|' for the character itself/,
  ],
  [
    ["run", "--csv", "--colsep", "ab", "--", "true", ":::", "a"],
    /--colsep must be one ASCII character with --csv, such as ';' or '\\t': current value is "ab"/,
  ],
  [
    ["run", "--per-process", "2", "--", "true", ":::", "a", ":::", "b"],
    /--per-process must be 1 if items have columns or come from several lists: current value is 2/,
  ],
  [["run", "-I", "%", "--", "echo", ":::", "a"], /--replace must be a text of the command.*"%"/],
  [["run", "-a", "-", "--", "true", "::::", "-"], /stdin can be one list of items only/],
  [["run", "--", "true", "::::"], /:::: needs the name of a file after it \(write '\\::::' if/],
  [
    ["run", "--", "true", ":::+", "a"],
    /no list before :::\+: write '\\:::\+' if it is an argument/,
  ],
  [["run", "--", ":::", "a"], /there is no command to run/],
  [["run", "--", "echo", "{itm}", ":::", "a"], /no placeholder \{itm\}: use \{item\}, or/],
  [["run", "--", "echo", "x{items}", ":::", "a"], /\{items\} must be an argument of its own/],
  [
    ["run", "--per-process", "2", "--", "echo", "{item.dir}", ":::", "a"],
    /\{item.dir\} stands for one item, and a process may get several: use \{items\}/,
  ],
  [["run", "-n", "3", "--", "echo", "{item}"], /\{item\} stands for one item.* add -c 1 /],
  [["run", "-n", "3", "-c", "2", "--", "echo", "{.}"], /\{\.\} stands for one item.* add -c 1 /],
  [
    ["run", "-n", "3", "-c", "1", "--", "echo", "{items}"],
    /\{items\} stands for the items of a list/,
  ],
  [["run", "-n", "10"], /there is no command to run: put the command after --/],
  [
    ["run", "-n", "10", "true"],
    /"true" comes before --: put the command after --, as in executor run/,
  ],
  [["run", "-n", "10", "true", "--", "false"], /"true" comes before --/],
  [
    ["run", "-n", "ten", "--", "true"],
    /--total must be a non-negative integer: current value is "ten"/,
  ],
  [
    ["run", "-n", "1.5", "--", "true"],
    /--total must be a non-negative integer: current value is "1.5"/,
  ],
  [["run", "-n", "-5", "--", "true"], /--total/],
  [
    ["run", "-n", "10", "-w", "0", "--", "true"],
    /--workers must be a positive integer .*, or relative to the CPUs.*: current value is "0"/,
  ],
  [
    ["run", "-n", "10", "-r=-1", "--", "true"],
    /--retries must be a non-negative integer: current value is "-1"/,
  ],
  [
    ["run", "-n", "10", "-c", "0", "--", "true"],
    /--chunk-size must be a positive integer, "auto" or a time: current value is "0"/,
  ],
  [
    ["run", "-n", "10", "-c", "few", "--", "true"],
    /--chunk-size must be a positive integer, "auto" or a time such as 200ms, .*: current value is "few"/,
  ],
  [["run", "-n", "10", "--grid-cols", "0", "--", "true"], /--grid-cols must be a positive integer/],
  [
    ["run", "-n", "10", "--timeout", "30", "--", "true"],
    /--timeout must be a duration such as 30s, 1h30m or 2d, with the units d, h, m, s, ms: current value is "30"/,
  ],
  [
    ["run", "-n", "10", "--timeout", "0s", "--", "true"],
    /--timeout must be a duration from 1ms to 10000d: current value is "0s"/,
  ],
  [
    ["run", "-n", "10", "--retry-delay", "1s,x", "--", "true"],
    /--retry-delay must be .* current value is "1s,x"/,
  ],
  [
    ["run", "-n", "10", "--retry-delay", "1s,0.5", "--", "true"],
    /the factor of --retry-delay must be a number of at least 1: current value is "1s,0.5"/,
  ],
  [
    ["run", "-n", "10", "--halt-on", "3:stop", "--", "true"],
    /--halt-on must be .* such as 3:drain or 1:kill: current value is "3:stop"/,
  ],
  [
    ["run", "-n", "10", "--halt-on", "0:drain", "--", "true"],
    /the number of failures of --halt-on must be a positive integer: current value is "0:drain"/,
  ],
  [
    ["run", "-n", "10", "--retry-from", "here", "--", "true"],
    /--retry-from must be "start" or "checkpoint": current value is "here"/,
  ],
  [
    ["run", "-n", "10", "--reporter", "pretty", "--", "true"],
    /--reporter must be "auto", "grid", .* or "quiet": current value is "pretty"/,
  ],
  [
    ["run", "-n", "10", "--output", "some", "--", "true"],
    /--output must be "ordered", "live" or "none": current value is "some"/,
  ],
  [
    ["run", "-n", "10", "--output", "live", "--reporter", "jsonl", "--", "true"],
    /--reporter jsonl and --output live both write to stdout: use --events FILE for the events/,
  ],
  [
    ["run", "-n", "10", "--results", "/dev/null/here", "--", "true"],
    /--results must be a directory that can be made: current value is "\/dev\/null\/here"/,
  ],
  [
    ["run", "-n", "10", "--color", "red", "--", "true"],
    /--color must be .*"never": current value is "red"/,
  ],
  [
    ["run", "-n", "10", "--wrokers", "3", "--", "true"],
    /Unknown option "--wrokers".*"--workers"|there is no option --wrokers/,
  ],
  [
    ["run", "-n", "10", "--", "echo", "{strat}"],
    /no placeholder \{strat\}: use \{start\}, or write '\\\{strat\}' for the text \{strat\}/,
  ],
  [["run", "-n", "10", "--", "echo", "{}"], /^executor: \{\} stands for one item.* add -c 1 /],
  [["run", "-n", "10", "--", ""], /the command to run is empty/],
  [["run", "-n", "10", "--", "no-such-program"], /command not found: no-such-program\n/],
  [["run", "-n", "10", "--", "/no/such/program"], /command not found: \/no\/such\/program/],
  [
    ["run", "convert", "{}", "{.}.jpg", ":::", "a"],
    /"convert" comes before --: put the command after --, as in executor run -- convert …\n/,
  ],
  [["run", ":::", "a"], /":::" comes before --: .* as in executor run -n 10 -- echo \{start\}\n/],
  [["run", "-n", "2", "7"], /"7" comes before --: .* as in executor run -n 10 -- echo \{start\}\n/],
  [
    ["run", "--", "cp {} {}.bak", ":::", "a"],
    /command not found: cp \{\} \{\}\.bak \(one word with blanks in it: leave out the quotes, or use sh -c/,
  ],
  [
    ["run", "-n", "2", "-c", "1", "--", "echo {start} >{start}"],
    /command not found: echo \{start\} >\{start\} \(one word with blanks in it: leave/,
  ],
  [["run", "-n", "10", "--", "echo hi"], /command not found: echo hi \(one word with blanks in it/],
  [["run", "-n", "10", "--", "./deno.json"], /command not (executable|found): \.\/deno\.json/],
  [
    ["run", "-n", "10", "--launcher", "k8s", "--", "true"],
    /--launcher must be .*"slurm".*: current value is "k8s"/,
  ],
  [
    ["run", "-n", "10", "--launcher", "slurm", "--", "true"],
    /--launcher must be used inside an allocation of Slurm \(begin with `salloc --no-kill .*`, or with `sbatch --no-kill .*--slurm-queue\)/,
  ],
  [
    ["run", "-n", "10", "--launcher", "slurm", "--slurm-queue", "--", "true"],
    /--slurm-queue needs --workers/,
  ],
  [
    ["run", "-n", "10", "--slurm-queue", "--", "true"],
    /--slurm-queue must be used with --launcher slurm/,
  ],
  [
    ["run", "-n", "10", "--hosts", "n1:8", "--", "true"],
    /--hosts must be used with --launcher ssh/,
  ],
  [
    [..."run -n 10 --launcher ssh --hosts n1:1 --ssh-config /no/such".split(" "), "--", "true"],
    /--ssh-config must be a file that can be read: current value is "\/no\/such"/,
  ],
  [["run", "-n", "10", "--launcher", "ssh", "--", "true"], /--launcher ssh needs --hosts, such as/],
  [
    ["run", "-n", "10", "--launcher", "ssh", "--hosts", "n1,n2:8", "--", "true"],
    /hosts must be names with a number of workers, such as n1:8,n2:8: current value is "n1,n2:8"/,
  ],
  [
    ["run", "-n", "10", "--launcher", "ssh", "--hosts=-oProxyCommand=x:1", "--", "true"],
    /hosts must be names with a number of workers/,
  ],
  [
    ["run", "-n", "10", "--launcher", "ssh", "--hosts", "n1:1", "--lease", "1s", "--", "true"],
    /--lease must be a duration from 2s to 10000d: current value is "1s"/,
  ],
  [
    ["run", "-n", "10", "--lost-retries=-1", "--", "true"],
    /--lost-retries must be a non-negative integer: current value is "-1"/,
  ],
  [["run", "-n", "1", "--journal", "", "--", "true"], /--journal must have a value/],
  [["run", "-n", "1", "--title=", "--", "true"], /--title must have a value/],
  [["run", "-n", "", "--", "true"], /--total must have a value/],
  [["doctor", "--timeout", "", "--", "true"], /--timeout must have a value/],
  [
    ["doctor", "-c", "2", "--", "true", ":::", "a"],
    /--chunk-size must be left out with a list of items, of which the doctor gives the first ones to one process: use --per-process 2 for 2 of them$/m,
  ],
  [
    ["doctor", "-c", "200ms", "--", "echo", "{items}"],
    /--chunk-size must be left out with a list of items, .*: use --per-process N for N of them$/m,
  ],
  [
    ["doctor", "-n", "9", "-c", "1m", "--", "echo", "{start}"],
    /--chunk-size must be a number of items for the doctor, .*: current value is "1m"$/m,
  ],
  [
    ["run", "-n", "6000000", "-c", "1", "--order", "shuffle", "--", "true"],
    /--order must be "given" for more than 5000000 ranges: current value is "shuffle"$/m,
  ],
  [["--version=3"], /executor: --version has no value: write it alone/],
  [["run", "--help=3"], /executor: --help has no value: write it alone/],
  [["--verison"], /there is no option --verison: did you mean --version\?/],
  [["-j", "4"], /there is no option -j before a command: options of a run come after "run"/],
  [["gzip", ":::", "a"], /there is no command "gzip": use run, .*; a program comes after --/],
  [["help", "nonsense"], /there is no command "nonsense"/],
  [["--help", "run"], /--help must stand alone: leave out "run"/],
  [["rnu"], /there is no command "rnu".*"run"/],
];

for (const [args, said] of WRONG) {
  Deno.test(`executor ${args.join(" ")} is wrong usage`, async () => {
    const { code, stdout, stderr } = await runCli(args);
    assertMatch(stderr, said);
    assertEquals(code, 2);
    assertEquals(stdout, "");
    assertNotMatch(stderr, /\n\s+at |Uncaught/, "a stack trace");
  });
}

Deno.test("executor --version tells its version, and those of what it runs on", async () => {
  const { code, stdout } = await runCli(["--version"]);
  const config = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
  const [own, deno, v8, typescript, cliffy, ...more] = stdout.split("\n");
  assertEquals(own, `executor ${config.version}`);
  assertEquals(deno, `deno ${Deno.version.deno} (${Deno.build.target})`);
  assertEquals([v8, typescript], [
    `v8 ${Deno.version.v8}`,
    `typescript ${Deno.version.typescript}`,
  ]);
  assertMatch(cliffy!, /^cliffy (\d+\.\d+\.\d+\S*|\(part of the program\))$/);
  assertEquals([more, code], [[""], 0]);
});

Deno.test("the version of Cliffy is read from the place of its modules", () => {
  const cliffyIn = (stack: string) => describeVersions(stack).split("\n")[4];
  const place = "https://jsr.io/@cliffy/command/1.2.1/command.ts:971:24";
  assertEquals(cliffyIn(`Error\n    at Command.execute (${place})`), "cliffy 1.2.1");
  assertEquals(cliffyIn("Error\n    at file:///executor.js:1:1"), "cliffy (part of the program)");
});

Deno.test("the template of a fault asks for the versions, the doctor and the journal", async () => {
  const file = new URL("../../.github/ISSUE_TEMPLATE/bug.yml", import.meta.url);
  const template = await Deno.readTextFile(file);
  for (const word of ["executor --version", "executor doctor", "--journal"]) {
    assertStringIncludes(template, word);
  }
});

Deno.test("executor run --help-all names every placeholder and shows examples", async () => {
  const { code, stdout } = await runCli(["run", "--help-all"]);
  const names = PLACEHOLDER_ROWS.flat().flatMap((text) => text.match(/\{[\w./#%:]*\}/g) ?? []);
  assertEquals(new Set(names).size, 28);
  const page = await Deno.readTextFile(new URL("../../docs/items.md", import.meta.url));
  for (const word of PLACEHOLDER_WORDS) assert(names.includes(`{${word}}`), word);
  for (const name of names) {
    assertStringIncludes(stdout, name);
    assertStringIncludes(page, `${name}`);
  }
  assertStringIncludes(stdout, "executor run -n 1000 -w 4 -- python3 resize.py {start} {end}");
  assertEquals(code, 0);
});

Deno.test("executor doctor --help shows an example", async () => {
  const { code, stdout } = await runCli(["doctor", "--help"]);
  assertStringIncludes(stdout, "executor doctor -- python3 resize.py {start} {end}");
  assertEquals(code, 0);
});

Deno.test("help fits into 80 columns", async () => {
  const commands = ["run", "doctor", "report", "demo", "man", "completions"];
  const pages = [["--help"], ["run", "--help-all"], ...commands.map((name) => [name, "--help"])];
  for (const { stdout } of await Promise.all(pages.map((args) => runCli(args)))) {
    for (const line of stdout.split("\n")) {
      assert(line.length <= 80, line);
      assertEquals(line, line.trimEnd());
    }
  }
});

Deno.test("executor --help fits a screen of 24 lines and names every command", async () => {
  for (const args of [["--help"], ["-h"], ["help"]]) {
    const { code, stdout } = await runCli(args);
    assert(stdout.split("\n").length <= 24, stdout);
    const [, rows = ""] = /^Commands:\n([^]*?)\n\n/m.exec(stdout) ?? [];
    for (const row of rows.split("\n")) assertMatch(row, /^ {2}[a-z]+(?:, [a-z]+)* {2,}[A-Z].*\.$/);
    for (const name of COMMAND_NAMES) assertMatch(rows, new RegExp(`[ ,]${name}[ ,]`));
    assertMatch(stdout, /Usage: executor <command> \[options\]/);
    assertStringIncludes(stdout, "executor run --help");
    assertEquals(code, 0);
  }
});

Deno.test("executor without a command shows its help", async () => {
  const { code, stdout } = await runCli([]);
  for (const command of ["run", "doctor", "demo", "completions"]) {
    assertStringIncludes(stdout, command);
  }
  assertEquals(code, 2);
});

for (const shell of ["bash", "zsh", "fish"]) {
  Deno.test(`executor completions ${shell} prints a script`, async () => {
    const { code, stdout } = await runCli(["completions", shell]);
    assertStringIncludes(stdout, "executor");
    assertEquals(code, 0);
  });
}
