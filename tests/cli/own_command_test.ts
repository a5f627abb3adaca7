// How the command can be started again: the text must work when it is pasted.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { findProgram } from "../../src/base/programs.ts";
import { ownCommand } from "../../src/cli/own_command.ts";
import { cliCommand, cliCommandLine, runCli } from "../helpers/cli.ts";
import { exists } from "../helpers/files.ts";
import { readUntil, until } from "../helpers/processes.ts";
import { withFolder } from "../helpers/journal.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { succeeds } from "../helpers/programs.ts";

const MAIN = new URL("../../cli.ts", import.meta.url);

/** Makes an executable script in a folder, which is made, too. */
async function script(folder: string, name: string, text = ""): Promise<string> {
  await Deno.mkdir(folder, { recursive: true });
  const path = `${folder}/${name}`;
  await Deno.writeTextFile(path, `#!/bin/sh\n${text}\n`);
  await Deno.chmod(path, 0o755);
  return path;
}

/** Returns what is printed for a way in which the program was started. */
function command(invocation: Parameters<typeof ownCommand>[1], ...args: string[]) {
  return ownCommand(["resume", ...args], {
    isCompiled: false,
    directory: "/nowhere",
    ...invocation,
  });
}

Deno.test("deno run with a path", async () => {
  await withFolder(async (folder) => {
    const program = await script(`${folder}/bin`, "deno");
    const started = { main: "file:///x/my%20clone/cli.ts", program };
    const path = `${folder}/bin`;
    assertEquals(
      command({ ...started, path }, "a b"),
      "deno run -A '/x/my clone/cli.ts' resume 'a b'",
    );
    assertEquals(
      command({ ...started, path, directory: "/x" }, "j"),
      "deno run -A 'my clone/cli.ts' resume j",
    );
    // Another deno, or none, is on the PATH.
    await script(`${folder}/other`, "deno");
    for (const path of [`${folder}/other`, "/nowhere"]) {
      assertEquals(
        command({ ...started, path }, "j"),
        `${program} run -A '/x/my clone/cli.ts' resume j`,
      );
    }
  });
});

Deno.test("deno run with a URL or a package", () => {
  const path = "/nowhere";
  for (
    const main of [
      "jsr:@lambdawaker/executor/cli",
      "https://jsr.io/@lambdawaker/executor/0.1.0/cli.ts",
    ]
  ) {
    assertEquals(
      command({ main, program: "/d/deno", path }, "j"),
      `/d/deno run -A ${main} resume j`,
    );
  }
});

Deno.test("a Deno that npx has fetched", async () => {
  await withFolder(async (folder) => {
    await script(`${folder}/bin`, "npx");
    const program = await script(`${folder}/_npx/1a/node_modules/@deno/linux`, "deno");
    // npx puts a script of that name on the PATH, for its own time.
    await script(`${folder}/_npx/1a/node_modules/.bin`, "deno");
    const path = `${folder}/_npx/1a/node_modules/.bin:${folder}/bin`;
    const started = { main: "file:///x/cli.ts", program, path };
    assertEquals(command(started, "j"), "npx -y deno@2 run -A /x/cli.ts resume j");
  });
});

Deno.test("the installed command, if it starts the same module", async () => {
  await withFolder(async (folder) => {
    const program = "/d/deno";
    const started = { main: "file:///x/it's/cli.ts", program };
    for (
      const [index, text] of [
        "main='/x/it'\\''s/cli.ts'",
        `exec deno run --allow-all "/x/it's/cli.ts" "$@"`,
        `exec deno run --allow-all 'file:///x/it's/cli.ts' "$@"`,
      ].entries()
    ) {
      const path = `${folder}/${index}`;
      await script(path, "executor", text);
      assertEquals(command({ ...started, path }, "j"), "executor resume j");
    }
    const jsr = `${folder}/jsr`;
    await script(jsr, "executor", `exec deno run --allow-all 'jsr:@lambdawaker/executor/cli' "$@"`);
    const main = "jsr:@lambdawaker/executor/cli";
    assertEquals(command({ main, program, path: jsr }, "j"), "executor resume j");
    // A command of that name that is something else, or another clone.
    for (const [index, text] of ["exec other", "main='/x/it'\\''s/cli.ts.old'"].entries()) {
      const path = `${folder}/other${index}`;
      await script(path, "executor", text);
      assertMatch(command({ ...started, path }, "j")!, /^\/d\/deno run -A /);
    }
  });
});

Deno.test("a compiled program", async () => {
  await withFolder(async (folder) => {
    const program = await script(`${folder}/bin`, "exe");
    const started = { main: "file:///tmp/cli.ts", program, isCompiled: true };
    assertEquals(command({ ...started, path: `${folder}/bin` }, "j"), "exe resume j");
    assertEquals(command({ ...started, path: "/nowhere" }, "j"), `${program} resume j`);
  });
});

Deno.test("there is no command if a line of text cannot be one", () => {
  for (const path of ["a\nb", "a\tb", "a\x1b[31m", "\udcff"]) {
    assertEquals(command({ main: "file:///x/cli.ts", program: "/d/deno" }, path), undefined);
  }
});

Deno.test("a run with failures names the command that runs them again; what it starts is this program", async () => {
  await withFolder(async (folder) => {
    const run = (args: string[]) =>
      runCli(["run", ...args], { cwd: folder, env: { XDG_STATE_HOME: folder } });
    const record = (text: string) => /to run again .*: (.*) resume (\S+)\n/.exec(text);
    const failed = await run(["-n", "2", "-c", "1", "--", "sh", "-c", "exit $0", "{start}"]);
    const [, program = "", path = ""] = record(failed.stdout) ?? [];
    assertEquals(
      path,
      `${folder}/executor/${[...Deno.readDirSync(`${folder}/executor`)][0]!.name}`,
    );
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", `${program} --version`],
      cwd: folder,
    }).output();
    assertStringIncludes(new TextDecoder().decode(stdout), "executor ");
    assertStringIncludes(program, MAIN.pathname);
    const named = await run(["-n", "1", "--journal=-my journal", "--", "false"]);
    assertStringIncludes(named.stdout, " resume './-my journal'\n");
    const good = await run(["-n", "1", "--", "true"]);
    assertEquals(record(good.stdout), null);
    const without = await run(["-n", "1", "--no-journal", "--", "false"]);
    assertEquals(record(without.stdout), null);
    assertEquals(cliCommandLine([]).args.at(-1), MAIN.pathname);
  });
});

/** Jobs of which a part fails until the file `fix` is there; each names what it runs in the file `log`. */
const JOBS: [name: string, args: string[], failed: string[]][] = [
  ["words", ["--", "sh", "job.sh", ":::", "a", "b c", "it's"], ["b c", "it's"]],
  ["numbers", ["-n", "4", "-c", "1", "--", "sh", "job.sh", "{start}"], ["1", "3"]],
  ["ranges", ["-n", "6", "-c", "2", "--", "sh", "job.sh", "{start}"], ["2", "4"]],
  ["stdin", ["--items", "-", "-w", "1", "--", "sh", "job.sh"], ["b c", "it's"]],
];

const SCRIPT = `echo "$1" >> log
case $1 in a|0) exit 0;; esac
[ -e fix ] || case "$1" in 2) [ "$EXECUTOR_END" = 3 ];; *) exit 3;; esac`;

for (const [name, args, failed] of JOBS) {
  Deno.test(`the command that is pasted runs again what failed, and nothing else: ${name}`, async () => {
    await withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/job.sh`, SCRIPT);
      const line = cliCommandLine(["run", ...args]);
      const env = { XDG_STATE_HOME: `${folder}/state of mine`, NO_COLOR: "1" };
      const child = new Deno.Command(line.command, {
        args: line.args,
        cwd: folder,
        env,
        stdin: "piped",
        stdout: "piped",
      }).spawn();
      const writer = child.stdin.getWriter();
      if (name === "stdin") await writer.write(new TextEncoder().encode("a\nb c\nit's\n"));
      await writer.close().catch(() => {});
      const { code, stdout } = await child.output();
      const text = new TextDecoder().decode(stdout);
      const [, command] = /^to run again what was not done: (.*)$/m.exec(text) ?? [];
      assertEquals(code, 1, text);
      await Deno.writeTextFile(`${folder}/fix`, "");
      await Deno.writeTextFile(`${folder}/log`, "");
      // It works from any directory.
      const again = await new Deno.Command("sh", { args: ["-c", command!], cwd: "/", env })
        .output();
      assertEquals(again.code, 0, new TextDecoder().decode(again.stdout));
      const log = await Deno.readTextFile(`${folder}/log`);
      assertEquals(log.trimEnd().split("\n").sort(), failed.toSorted());
      const once = await new Deno.Command("sh", { args: ["-c", command!], cwd: "/", env }).output();
      assertEquals(once.code, 0);
      assertEquals(await Deno.readTextFile(`${folder}/log`), log);
    });
  });
}

Deno.test("a run that was interrupted names the command that goes on with it", async () => {
  await withFolder(async (folder) => {
    const env = { XDG_STATE_HOME: folder };
    const script = `echo "$0" >> ${folder}/log; [ "$0" = a ] || [ -e ${folder}/fix ] || sleep 60`;
    const args = ["run", "-w", "1", "--", "sh", "-c", script, ":::", "a", "b", "c"];
    const child = cliCommand(args, { env }).spawn();
    await until(
      async () => (await Deno.readTextFile(`${folder}/log`).catch(() => "")) === "a\nb\n",
      "b runs",
    );
    child.kill("SIGINT");
    const { stdout } = await child.output();
    const [, command] = /^to run again what was not done: (.*)$/m
      .exec(new TextDecoder().decode(stdout)) ?? [];
    await Deno.writeTextFile(`${folder}/fix`, "");
    const again = await new Deno.Command("sh", { args: ["-c", command!], env }).output();
    assertEquals(again.code, 0, new TextDecoder().decode(again.stdout));
    assertEquals(await Deno.readTextFile(`${folder}/log`), "a\nb\nb\nc\n");
  });
});

for (const kind of ["a pipe", "the journal of another job"]) {
  testWith(
    `if ${kind} takes the place of the journal, the command and the hook name the record beside it`,
    needs("mkfifo"),
    async () => {
      await withFolder(async (folder) => {
        const other = ["run", "--journal", "other", "-n", "1", "--", "false"];
        await runCli(other, { cwd: folder });
        const replace = kind === "a pipe" ? "rm j; mkfifo j" : "cp other new; mv new j";
        const script = `[ $EXECUTOR_START = 1 ] || { ${replace}; }; exit 1`;
        const { code, stdout } = await runCli([
          ...["run", "--journal", "j", "-w", "1", "-n", "2", "-c", "1", "--reporter", "plain"],
          ...["--on-end", 'printf %s "$EXECUTOR_JOURNAL" >hook', "--", "sh", "-c", script],
        ], { cwd: folder });
        const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
        const [record] = names.filter((name) => name.startsWith("j."));
        assertEquals(code, 1);
        const [, command] = /^to run again what was not done: (.*)$/m.exec(stdout) ?? [];
        assertEquals(command?.endsWith(` resume ${record}`), true, stdout);
        assertEquals(await Deno.readTextFile(`${folder}/hook`), record);
      });
    },
  );
}

Deno.test("there is no such command for a list that was not read to its end, or without a directory", async () => {
  await withFolder(async (folder) => {
    const env = { XDG_STATE_HOME: folder };
    const child = cliCommand(["run", "--items", "-", "--halt-on", "1:kill", "--", "false"], {
      stdin: "piped",
      env,
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode("a\nb\n"));
    const { code, stdout } = await child.output();
    await writer.close().catch(() => {});
    assertEquals(code, 1);
    assertEquals(new TextDecoder().decode(stdout).match(/to run again/), null);
    const gone = await new Deno.Command("sh", {
      args: [
        "-c",
        'mkdir "$0/gone" && cd "$0/gone" && rmdir "$0/gone" && "$@"',
        folder,
        ...Object.values(cliCommandLine(["run", "-n", "1", "--", "false"])).flat(),
      ],
      env,
    }).output();
    assertEquals(new TextDecoder().decode(gone.stdout).match(/to run again/), null);
  });
});

/** Whether this user may mount something over /proc. */
const mayHideProc = succeeds("unshare", ["-m", "mount", "-t", "tmpfs", "none", "/proc"]);

/** Returns a command that runs the command line where /proc is empty. */
function withoutProc(
  words: string[],
  { cwd, path }: { cwd: string; path?: string },
): Deno.Command {
  const { command, args } = cliCommandLine(words);
  const hide = ["-m", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"];
  // It finds Deno by its name, as it cannot find itself.
  const folder = Deno.execPath().slice(0, Deno.execPath().lastIndexOf("/"));
  const env = {
    PATH: path ?? `${folder}:${Deno.env.get("PATH")}`,
    XDG_STATE_HOME: cwd,
    NO_COLOR: "1",
  };
  const options = { stdout: "piped", stderr: "piped" } as const;
  return new Deno.Command("unshare", { args: [...hide, command, ...args], cwd, env, ...options });
}

const needsHiddenProc = needs(LINUX, "unshare", { name: "the right to mount", isMet: mayHideProc });

testWith("without /proc, a run goes to the background", needsHiddenProc, async () => {
  await withFolder(async (folder) => {
    const words = ["run", "--detach", "-n", "1", "--", "true"];
    const { code, stdout } = await withoutProc(words, { cwd: folder }).output();
    assertEquals(code, 0, new TextDecoder().decode(stdout));
  });
});

testWith("without /proc and Deno on the PATH, --detach says so", needsHiddenProc, async () => {
  await withFolder(async (folder) => {
    for (const name of ["sh", "mount", "unshare"]) {
      const found = findProgram(name);
      if (found.kind === "found") await Deno.symlink(found.path, `${folder}/${name}`);
    }
    const words = ["run", "--detach", "-n", "1", "--", "true"];
    const command = withoutProc(words, { cwd: folder, path: folder });
    const { code, stderr } = await command.output();
    assertEquals(code, 2);
    assertStringIncludes(
      new TextDecoder().decode(stderr),
      "executor: --detach cannot find deno on the PATH, or at its own path: add it to the PATH",
    );
    assertEquals(exists(`${folder}/executor`), false);
  });
});

testWith("without /proc, the demo starts its workers", needsHiddenProc, async () => {
  await withFolder(async (folder) => {
    await using demo = withoutProc(["demo", "--reporter", "plain"], { cwd: folder }).spawn();
    const reader = demo.stdout.pipeThrough(new TextDecoderStream()).getReader();
    // So ends the attempt that the demo lets fail. One that could not start has another code.
    await readUntil(reader, "exit code 3");
    demo.kill("SIGINT");
    await Promise.all([reader.cancel(), demo.stderr.cancel()]);
    assertEquals((await demo.status).code, 130);
  });
});

testWith(
  "without /proc, a run that fails has its summary, its hook, and a command that finds Deno on the PATH",
  needsHiddenProc,
  async () => {
    await withFolder(async (folder) => {
      const options = ["--reporter", "plain", "--journal", "run.jsonl", "--on-end", "touch ended"];
      const words = ["run", "-n", "1", ...options, "--", "false"];
      const { code, stdout } = await withoutProc(words, { cwd: folder }).output();
      assertEquals([code, exists(`${folder}/ended`)], [1, true]);
      assertMatch(new TextDecoder().decode(stdout), /to run again.*(executor|deno run .*) resume/);
    });
  },
);
