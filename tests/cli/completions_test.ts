import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { flagOf } from "../../src/cli/cliffy_options.ts";
import { SHELLS } from "../../src/cli/completable.ts";
import { COMMAND_NAMES } from "../../src/cli/main.ts";
import { RUN_OPTIONS } from "../../src/cli/options.ts";
import { runCli } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { needs, testWith } from "../helpers/needs.ts";

/** Fills a home and a working directory, and calls `test` with the script of a shell in it. */
async function withHome(shell: string, test: (folder: string) => Promise<void>): Promise<void> {
  const { code, stdout } = await runCli(["completions", shell]);
  assertEquals(code, 0);
  await withFolder(async (folder) => {
    Deno.mkdirSync(`${folder}/.ssh`);
    Deno.mkdirSync(`${folder}/logs`);
    const runs = `${folder}/.ssh/executor-${Deno.uid()}`;
    Deno.mkdirSync(runs);
    for (const name of ["amber-fox", "amber-owl", "nightly"]) {
      const info = { name, command: ["x", '"name":"no"'], runId: "" };
      Deno.writeTextFileSync(`${runs}/${name}.lock`, JSON.stringify(info));
    }
    const config = "Host node1 node2\n  HostName 10.0.0.1\nHost *\nhost gpu1\nHost=alpha\n";
    Deno.writeTextFileSync(`${folder}/.ssh/config`, config);
    const known = "[login]:2222 ssh-ed25519 A\nkappa,10.1.1.1 ssh-rsa B\n|1|x= ssh-rsa C\n# c\n" +
      "@cert-authority *.example.org ssh-rsa D\n";
    Deno.writeTextFileSync(`${folder}/.ssh/known_hosts`, known);
    for (const name of ["run.jsonl", "items.txt", "two words.txt"]) {
      Deno.writeTextFileSync(`${folder}/${name}`, "");
    }
    Deno.writeTextFileSync(`${folder}/script`, stdout);
    await test(folder);
  });
}

async function runShell(shell: string, folder: string, script: string): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(shell, {
    args: shell === "fish" ? ["--no-config", "-c", script] : ["-c", script],
    cwd: folder,
    env: { HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder, TMPDIR: `${folder}/.ssh` },
    stdin: "null",
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout);
}

const COMMANDS = [...COMMAND_NAMES];
const HOSTS = ["10.1.1.1", "alpha", "gpu1", "kappa", "login", "node1", "node2"];

/** Words as bash splits them, `=` and `:` apart, and what is offered for the last one. */
const BASH: [words: string[], offered: string[]][] = [
  [[""], [...COMMANDS, "--help", "--version"]],
  [["re"], COMMANDS.filter((name) => name.startsWith("re"))],
  [["run", "--outp"], ["--output"]],
  [["run", "--output", ""], ["ordered", "live", "none"]],
  [["run", "--output", "o"], ["ordered"]],
  [["run", "--output", "=", "o"], ["ordered"]],
  [["run", "--output", "="], ["ordered", "live", "none"]],
  [["run", "-j", "4", "--reporter", "g"], ["grid"]],
  [["demo", "--reporter", "pl"], ["plain"]],
  [["run", "--journal", ""], [".ssh", "run.jsonl", "logs"]],
  [["run", "--journal", "items"], []],
  [["run", "--items", "i"], ["items.txt"]],
  [["run", "--items", "t"], ["two words.txt"]],
  [["run", "--log-dir", ""], [".ssh", "logs"]],
  [["run", "--results", "l"], ["logs"]],
  [["run", "--hosts", ""], HOSTS],
  [["run", "--hosts", "no"], ["node1", "node2"]],
  [["run", "--hosts", "node1", ":", "8,g"], ["8,gpu1"]],
  [["run", "--hosts", "=", "node1", ":", "8,k"], ["8,kappa"]],
  [["run", "--launcher", "s"], ["slurm", "ssh"]],
  [["run", "--halt", "n"], ["now,fail=1", "never"]],
  [["run", "--progress-pattern", "ff"], ["ffmpeg"]],
  [["run", "-j", ""], []],
  [["run", ""], ["--"]],
  [["run", "--dr"], ["--dry-run"]],
  [["run", "--", "cat", "it"], ["items.txt"]],
  [["run", "--", "cat", ":::", "run"], ["run.jsonl"]],
  [["report", ""], [".ssh", "run.jsonl", "logs"]],
  [["report", "run.jsonl", "--format", "h"], ["html"]],
  [["completions", ""], ["bash", "zsh", "fish"]],
  [["status", ""], ["amber-fox", "amber-owl", "nightly"]],
  [["scale", "am"], ["amber-fox", "amber-owl"]],
];

testWith("completions of bash", needs("bash"), async () => {
  await withHome("bash", async (folder) => {
    const calls = BASH.map(([words]) => {
      const quoted = ["executor", ...words].map((word) => `'${word}'`).join(" ");
      return `complete_words ${quoted}`;
    });
    const printed = await runShell(
      "bash",
      folder,
      `source ./script
complete_words() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  _executor
  printf '%s|' "\${COMPREPLY[@]}"
  echo
}
${calls.join("\n")}`,
    );
    const offered = printed.split("\n").map((line) => line.split("|").filter((it) => it !== ""));
    for (const [at, [words, expected]] of BASH.entries()) {
      const sorted = Array.from(new Set(offered[at])).sort();
      assertEquals(sorted, expected.toSorted(), words.join(" "));
    }
  });
});

testWith(
  "bash offers every flag of run, and programs after --",
  needs("bash"),
  async () => {
    await withHome("bash", async (folder) => {
      const printed = await runShell(
        "bash",
        folder,
        `source ./script
COMP_WORDS=(executor run --) COMP_CWORD=2; _executor; echo " \${COMPREPLY[*]} "
COMP_WORDS=(executor run -- gre) COMP_CWORD=3; _executor; echo " \${COMPREPLY[*]} "
complete -p executor`,
      );
      for (const option of Object.values(RUN_OPTIONS)) {
        assertStringIncludes(printed, ` ${flagOf(option)} `);
      }
      for (const flag of ["--jobs", "--halt", "--bar", "--help-all", "grep"]) {
        assertStringIncludes(printed, ` ${flag} `);
      }
      assertStringIncludes(printed, "complete -F _executor executor");
    });
  },
);

/** Command lines, and what fish offers for their last word. */
const FISH: [line: string, offered: string[]][] = [
  ["executor ", COMMANDS],
  ["executor run --outp", ["--output"]],
  ["executor run --output ", ["ordered", "live", "none"]],
  ["executor run --output=o", ["--output=ordered"]],
  ["executor run --reporter g", ["grid"]],
  ["executor run --journal r", ["run.jsonl"]],
  ["executor run --log-dir l", ["logs/"]],
  ["executor run --hosts node1:8,g", ["node1:8,gpu1:"]],
  ["executor run --hosts n", ["node1:", "node2:"]],
  ["executor run -j 4 -- cat it", ["items.txt"]],
  ["executor run -- cat ::: run", ["run.jsonl"]],
  ["executor report r", ["run.jsonl"]],
  ["executor completions z", ["zsh"]],
  ["executor status am", ["amber-fox", "amber-owl"]],
];

testWith("completions of fish", needs("fish"), async () => {
  await withHome("fish", async (folder) => {
    for (const [line, expected] of FISH) {
      const printed = await runShell("fish", folder, `source ./script; complete -C '${line}'`);
      const offered = printed.trim().split("\n").map((each) => each.split("\t")[0]!);
      assertEquals(offered.sort(), expected.toSorted(), line);
    }
  });
});

/** Command lines, and a text that a terminal shows when zsh completes them. */
const ZSH: [line: string, shown: string][] = [
  ["executor ", "Run a command for many items"],
  ["executor run --outp", "--output="],
  ["executor run --output ", "ordered"],
  ["executor run --reporter g", "grid"],
  ["executor run --hosts node1:8,g", "node1:8,gpu1"],
  ["executor run --journal ru", "run.jsonl"],
  ["executor run -- cat ite", "items.txt"],
  ["executor report ru", "run.jsonl"],
  ["executor completions fi", "fish"],
  ["executor wait ni", "nightly"],
];

testWith("completions of zsh", needs("zsh"), async () => {
  await withHome("zsh", async (folder) => {
    Deno.renameSync(`${folder}/script`, `${folder}/_executor`);
    for (const [line, shown] of ZSH) {
      // The terminal echoes what is typed: so the pattern needs more than that.
      const printed = await runShell(
        "zsh",
        folder,
        `zmodload zsh/zpty zsh/zselect
( zselect -t 3000; kill $$ ) & guard=$!
zpty shell "TERM=dumb zsh -f -i"
zpty -w shell "PS1='> '; fpath=(${folder} \\$fpath); autoload -Uz compinit; compinit -u -D; executor() { :; }; echo REA''DY"
zpty -r shell text '*READY*'
zpty -w -n shell '${line}'$'\\t'
zpty -r shell text '*${shown}*'
print -r -- "$text"
zpty -d shell
kill $guard`,
      );
      assertStringIncludes(printed, shown, line);
    }
  });
});

for (const shell of SHELLS) {
  testWith(`the script for ${shell} has no syntax error`, needs(shell), async () => {
    await withHome(shell, async (folder) => {
      const { success } = await new Deno.Command(shell, { args: ["-n", `${folder}/script`] })
        .output();
      assert(success);
    });
  });
}

const WRONG: [args: string[], said: RegExp][] = [
  [[], /there is no shell to complete in: name bash, zsh or fish/],
  [["tcsh"], /there are no completions for "tcsh": name bash, zsh or fish/],
  [["bash", "zsh"], /"zsh" comes after the shell: leave it out/],
];

for (const [args, said] of WRONG) {
  Deno.test(`executor completions ${args.join(" ")} is wrong usage`, async () => {
    const { code, stdout, stderr } = await runCli(["completions", ...args]);
    assertMatch(stderr, said);
    assertEquals([code, stdout], [2, ""]);
  });
}
