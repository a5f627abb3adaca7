import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "@std/assert";
import { PLACEHOLDER_HELP } from "../../src/cli/placeholders.ts";
import { describeVersions } from "../../src/cli/version.ts";
import { runCli } from "../helpers/cli.ts";

const WRONG: [args: string[], said: RegExp][] = [
  [["run", "--", "true"], /nothing to do: give --total, --items, or items after :::/],
  [["run", "-n", "3", "--", "true", ":::", "a"], /--total cannot be used with a list of items/],
  [
    ["run", "-c", "3", "--", "true", ":::", "a"],
    /--chunk-size cannot be used with .*: use --per-process 3/,
  ],
  [["run", "-n", "3", "--per-process", "2", "--", "true"], /--per-process needs a list of items/],
  [["run", "--per-process", "0", "--", "true", ":::", "a"], /--per-process must be a positive/],
  [["run", "--items", "x", "--", "true", ":::", "a"], /from ::: or from --items, not from both/],
  [["run", "--items", "/no/such", "--", "true"], /--items must be a file .*"\/no\/such"/],
  [["run", "--items", "/tmp", "--", "true"], /--items must be a file .*"\/tmp"/],
  [["run", "-0", "--", "true", ":::", "a"], /--items/],
  [["run", "--", "true", ":::", "a", ":::", "b"], /after exactly one :::/],
  [["run", "--", "true", "::::", "a"], /after exactly one :::.* "::::"/],
  [["run", "--", ":::", "a"], /there is no command to run/],
  [["run", "--", "echo", "{itm}", ":::", "a"], /no placeholder \{itm\}.*\{item\}.*\{items\}/],
  [["run", "--", "echo", "x{items}", ":::", "a"], /\{items\} must be an argument of its own/],
  [
    ["run", "--per-process", "2", "--", "echo", "{item.dir}", ":::", "a"],
    /\{item.dir\} stands for one item, and a process has up to 2: use \{items\}/,
  ],
  [["run", "-n", "3", "--", "echo", "{item}"], /no placeholder \{item\}/],
  [["run", "-n", "10"], /there is no command to run: put the command after --/],
  [
    ["run", "-n", "10", "true"],
    /"true" comes before --: put the command after --, as in executor run/,
  ],
  [["run", "-n", "10", "true", "--", "false"], /"true" comes before --/],
  [["run", "-n", "ten", "--", "true"], /Option "--total" must be of type "integer", but got "ten"/],
  [["run", "-n", "1.5", "--", "true"], /Option "--total" must be of type "integer", but got "1.5"/],
  [["run", "-n", "-5", "--", "true"], /--total/],
  [
    ["run", "-n", "10", "-w", "0", "--", "true"],
    /--workers must be a positive integer: current value is 0/,
  ],
  [
    ["run", "-n", "10", "-r=-1", "--", "true"],
    /--retries must be a non-negative integer: current value is -1/,
  ],
  [
    ["run", "-n", "10", "-c", "0", "--", "true"],
    /--chunk-size must be a positive integer: current value is 0/,
  ],
  [["run", "-n", "10", "--grid-cols", "0", "--", "true"], /--grid-cols must be a positive integer/],
  [
    ["run", "-n", "10", "--timeout", "30", "--", "true"],
    /--timeout must be a duration such as 30s, 1h30m or 2d, with the units d, h, m, s, ms: current value is "30"/,
  ],
  [
    ["run", "-n", "10", "--timeout", "0s", "--", "true"],
    /--timeout must be a number of milliseconds from 1/,
  ],
  [
    ["run", "-n", "10", "--retry-delay", "1s,x", "--", "true"],
    /--retry-delay must be .* current value is "1s,x"/,
  ],
  [
    ["run", "-n", "10", "--retry-delay", "1s,0.5", "--", "true"],
    /--retry-delay.factor must be a number of at least 1/,
  ],
  [
    ["run", "-n", "10", "--halt-on", "3:stop", "--", "true"],
    /--halt-on must be .* such as 3:drain or 1:kill: current value is "3:stop"/,
  ],
  [
    ["run", "-n", "10", "--halt-on", "0:drain", "--", "true"],
    /--halt-on.failures must be a positive integer/,
  ],
  [
    ["run", "-n", "10", "--retry-from", "here", "--", "true"],
    /"--retry-from".*"start", "checkpoint"/,
  ],
  [["run", "-n", "10", "--reporter", "pretty", "--", "true"], /"--reporter".*"grid"/],
  [["run", "-n", "10", "--output", "some", "--", "true"], /"--output".*"ordered", "live", "none"/],
  [
    ["run", "-n", "10", "--output", "live", "--reporter", "jsonl", "--", "true"],
    /--reporter jsonl and --output live both write to stdout: use --events FILE for the events/,
  ],
  [
    ["run", "-n", "10", "--results", "/dev/null/here", "--", "true"],
    /--results must be a directory that can be made: current value is "\/dev\/null\/here"/,
  ],
  [["run", "-n", "10", "--color", "red", "--", "true"], /"--color".*"never"/],
  [
    ["run", "-n", "10", "--wrokers", "3", "--", "true"],
    /Unknown option "--wrokers".*"--workers"|there is no option --wrokers/,
  ],
  [
    ["run", "-n", "10", "--", "echo", "{begin}"],
    /no placeholder \{begin\}.*use \{start\} \{end\} \{count\} \{resume\} \{range\} \{worker\} \{attempt\} \{total\}, or \{\{/,
  ],
  [["run", "-n", "10", "--", "echo", "{}"], /no placeholder \{\}/],
  [["run", "-n", "10", "--", ""], /the command to run is empty/],
  [["run", "-n", "10", "--", "no-such-program"], /command not found: no-such-program\n/],
  [["run", "-n", "10", "--", "/no/such/program"], /command not found: \/no\/such\/program/],
  [["run", "-n", "10", "--", "echo hi"], /command not found: echo hi \(one word with blanks in it/],
  [["run", "-n", "10", "--", "./deno.json"], /command not (executable|found): \.\/deno\.json/],
  [["run", "-n", "10", "--launcher", "k8s", "--", "true"], /"--launcher".*"slurm"/],
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
    /--ssh-config must be a file that can be read: current value is \/no\/such/,
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
    /--lease must be a number of milliseconds from 2000 to 864000000000: current value is 1000/,
  ],
  [
    ["run", "-n", "10", "--lost-retries=-1", "--", "true"],
    /--lost-retries must be a non-negative integer: current value is -1/,
  ],
  [["run", "-n", "1", "--journal", "", "--", "true"], /Missing value for option "--journal"/],
  [["run", "-n", "1", "--title=", "--", "true"], /Missing value for option "--title"/],
  [["run", "-n", "", "--", "true"], /Missing value for option "--total"/],
  [["doctor", "--timeout", "", "--", "true"], /Missing value for option "--timeout"/],
  [["rnu"], /Unknown command "rnu".*"run"/],
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

Deno.test("executor run --help names every placeholder and shows examples", async () => {
  const { code, stdout } = await runCli(["run", "--help"]);
  const names = Array.from(PLACEHOLDER_HELP.matchAll(/^ {2}(\{.*?\}) +\w/gm), ([, name]) => name!);
  assertEquals(names.length, 16);
  const page = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  for (const name of names) {
    assertStringIncludes(stdout, name);
    assertStringIncludes(page, `\`${name}\``);
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
  for (const command of [[], ["run"], ["doctor"], ["report"], ["demo"]]) {
    const args = [...command, "--help"];
    const { stdout } = await runCli(args);
    for (const line of stdout.split("\n")) assert(line.trimEnd().length <= 80, line);
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
