// The command that a clone puts on the PATH.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { namesIn, PROGRAM, ROOT, run, tool, withPrefix } from "../helpers/installer.ts";
import { needs, testWith } from "../helpers/needs.ts";
import { writeProgram } from "../helpers/programs.ts";

Deno.test("install puts a command on the PATH that works from any directory, and uninstall removes it", async () => {
  await withPrefix(async (prefix) => {
    const added = await tool("add", "--prefix", prefix);
    assertEquals([added.code, added.stderr], [0, ""]);
    const script = `${prefix}/bin/executor`;
    assertStringIncludes(added.stdout, `Installed ${script}. Its directory is not on the PATH`);
    // The line that it prints works if it is pasted.
    const [line] = /^ {2}export PATH=.*$/m.exec(added.stdout) ?? [];
    const found = await run("sh", ["-c", `${line}; command -v executor`]);
    assertEquals(found.stdout, `${script}\n`);
    const args = ["run", "-c", "1", "-w", "2", "--output", "ordered", "--", "echo", "{start}"];
    // No Deno can be found on this PATH: it takes the one that installed it.
    const options = { env: { PATH: "/usr/bin:/bin" }, cwd: prefix };
    const job = await run(script, [...args.slice(0, 1), "-n", "2", ...args.slice(1)], options);
    assertEquals([job.code, job.stdout], [0, "0\n1\n"]);
    assertEquals((await run(script, ["run", "--", "false"], options)).code, 2);
    const manual = `${prefix}/share/man/man1/executor.1`;
    assertStringIncludes(added.stdout, "\nIts manual page: man executor\n");
    assertStringIncludes(await Deno.readTextFile(manual), ".TH EXECUTOR 1 ");
    // Installed twice, it is one.
    assertEquals((await tool("add", "--prefix", prefix)).code, 0);
    assertEquals(namesIn(`${prefix}/bin`), ["executor"]);
    const [parts, ...others] = namesIn(`${prefix}/lib/executor`).sort().reverse();
    assertMatch(parts!, /^parts-[0-9a-f]{16}$/);
    assertEquals(others, ["executor.js"]);
    const removed = await tool("remove", "--prefix", prefix);
    assertEquals([removed.code, removed.stdout], [0, `Removed ${script}\n`]);
    for (const folder of ["bin", "lib", "share/man/man1"]) {
      assertEquals(namesIn(`${prefix}/${folder}`), []);
    }
    const again = await tool("remove", "--prefix", prefix);
    assertEquals([again.code, again.stderr], [
      2,
      `Cannot uninstall: ${script} is not there\n`,
    ]);
  });
});

/** Installs, and makes the script believe that the Deno of then is gone. */
async function installWithoutDeno(prefix: string): Promise<string> {
  await tool("add", "--prefix", prefix);
  const script = `${prefix}/bin/executor`;
  const text = await Deno.readTextFile(script);
  await Deno.writeTextFile(script, text.replace(/^deno=.*$/m, "deno='/nowhere/deno'"));
  return script;
}

Deno.test("an installed command whose Deno is gone takes the one on the PATH", async () => {
  await withPrefix(async (prefix) => {
    const script = await installWithoutDeno(prefix);
    await Deno.symlink(Deno.execPath(), `${prefix}/bin/deno`);
    const { code, stdout } = await run(script, ["--version"], {
      env: { PATH: `${prefix}/bin:/usr/bin:/bin` },
    });
    assertEquals(code, 0);
    assert(stdout.includes("0."), stdout);
  });
});

Deno.test("an installed command without any Deno asks npx for one", async () => {
  await withPrefix(async (prefix) => {
    const script = await installWithoutDeno(prefix);
    const npx = `#!/bin/sh\n[ "$1 $2 $3" = "-y deno@2 eval" ] && echo '${Deno.execPath()}'\n`;
    await writeProgram(`${prefix}/bin/npx`, npx);
    const env = { PATH: `${prefix}/bin` };
    assertEquals((await run(script, ["--version"], { env })).code, 0);
    await Deno.remove(`${prefix}/bin/npx`);
    const { code, stderr } = await run(script, ["--version"], { env });
    assertEquals(code, 1);
    assertStringIncludes(stderr, "executor: it needs Deno, or Node with npm\n");
  });
});

testWith("an installed command without any Deno works with npm's", needs("npx"), async () => {
  await withPrefix(async (prefix) => {
    const script = await installWithoutDeno(prefix);
    const node = new TextDecoder().decode(
      new Deno.Command("sh", { args: ["-c", 'dirname "$(command -v npx)"'] }).outputSync().stdout,
    ).trim();
    await Deno.mkdir(`${prefix}/only`);
    for (const name of ["node", "npx"]) {
      await Deno.symlink(`${node}/${name}`, `${prefix}/only/${name}`);
    }
    const env = { PATH: `${prefix}/only:/usr/bin:/bin` };
    assertEquals((await run(script, ["--version"], { env })).code, 0);
  });
});

Deno.test("install does not replace a program that it did not write, and uninstall does not remove it", async () => {
  await withPrefix(async (prefix) => {
    const script = `${prefix}/bin/executor`;
    await Deno.mkdir(`${prefix}/bin`, { recursive: true });
    await Deno.writeTextFile(script, "#!/bin/sh\necho mine\n");
    for (const [action, verb] of [["add", "install"], ["remove", "uninstall"]] as const) {
      const { code, stderr } = await tool(action, "--prefix", prefix);
      assertEquals([code, stderr], [
        2,
        `Cannot ${verb}: ${script} is another program: remove it, or give another --prefix\n`,
      ]);
    }
    assertEquals(await Deno.readTextFile(script), "#!/bin/sh\necho mine\n");
    await Deno.remove(script);
    const program = `${prefix}/lib/executor/executor.js`;
    await Deno.mkdir(`${prefix}/lib/executor`, { recursive: true });
    await Deno.writeTextFile(program, "console.log('mine');\n");
    const { code, stderr } = await tool("add", "--prefix", prefix);
    assertEquals(code, 2);
    assertStringIncludes(stderr, `${program} is another program`);
    assertEquals(namesIn(`${prefix}/bin`), []);
  });
});

Deno.test("install refuses what it does not know, and an empty prefix", async () => {
  const wrong = await tool("add", "--root", "/x");
  assertEquals([wrong.code, wrong.stderr], [
    2,
    'Cannot install: only --prefix DIR can be given: current value is "--root"\n',
  ]);
  const empty = await tool("add", "--prefix", "");
  assertEquals([empty.code, empty.stderr], [
    2,
    'Cannot install: --prefix must be a directory: current value is ""\n',
  ]);
});

Deno.test("an installed command needs no clone, and says so if a file of its program is gone", async () => {
  await withPrefix(async (prefix) => {
    await tool("add", "--prefix", prefix);
    const script = `${prefix}/bin/executor`;
    assert(!(await Deno.readTextFile(script)).includes(ROOT));
    const folder = `${prefix}/lib/executor`;
    const parts = namesIn(folder).find((name) => name.startsWith("parts-"))!;
    for (const file of [`${folder}/${parts}/program.js`, `${folder}/executor.js`]) {
      await Deno.remove(file);
      const { code, stderr } = await run(script, ["--version"]);
      assertEquals([code, stderr], [
        1,
        `executor: a file of the program is gone, so install it again with \`deno task install\`: ${file}\n`,
      ]);
      assertEquals((await tool("add", "--prefix", prefix)).code, 0);
      assertEquals((await run(script, ["--version"])).code, 0);
    }
  });
});

Deno.test("an installed command loads what a run uses only if it uses it", async () => {
  await withPrefix(async (prefix) => {
    await tool("add", "--prefix", prefix);
    const script = `${prefix}/bin/executor`;
    const folder = `${prefix}/lib/executor`;
    const parts = `${folder}/${namesIn(folder).find((name) => name.startsWith("parts-"))}`;
    const lazy = [
      "ordered_output-",
      "help_page-",
      "grid_reporter-",
      "demo-",
      "doctor-",
      "cliffy_program-",
      "fast_commands-",
    ];
    for (const name of namesIn(parts)) {
      if (lazy.some((begin) => name.startsWith(begin))) await Deno.remove(`${parts}/${name}`);
    }
    const job = ["run", "-n", "2", "-w", "1", "--reporter", "plain"];
    const used = await run(script, [...job, "--", "true"]);
    assertEquals([used.code, used.stderr], [0, ""]);
    const unused = await run(script, [...job, "--output", "ordered", "--", "true"]);
    assertEquals(unused.code, 1);
    assertStringIncludes(unused.stderr, "ordered_output-");
  });
});

Deno.test("each command of an installed program finds its parts", async () => {
  await withPrefix(async (prefix) => {
    await tool("add", "--prefix", prefix);
    const script = `${prefix}/bin/executor`;
    const journal = `${prefix}/run.jsonl`;
    const page = `${prefix}/page.html`;
    const lines = [
      ["--help"],
      ["run", "--help-all"],
      ["run", "-n", "2", "--dry-run", "--", "echo", "{start}"],
      ...["auto", "grid", "plain", "summary", "jsonl", "quiet"].map((
        name,
      ) => [
        "run",
        "-n",
        "2",
        "-c",
        "1",
        "--reporter",
        name,
        "--output",
        "live",
        "--",
        "echo",
        "x",
      ]),
      [
        "run",
        "-n",
        "2",
        "--journal",
        journal,
        "--report",
        page,
        "--joblog",
        `${prefix}/j`,
        "--",
        "true",
      ],
      ["resume", journal],
      ["report", journal],
      ["doctor", "-n", "1", "--", "true"],
      ["man"],
      ["completions", "bash"],
      ["sdk"],
    ];
    for (const line of lines) {
      const { stderr } = await run(script, line, { cwd: prefix });
      for (const word of ["TypeError", "ReferenceError", "SyntaxError", "Module not found"]) {
        assertEquals([line, stderr.includes(word) ? stderr : word], [line, word]);
      }
    }
    assertStringIncludes(await Deno.readTextFile(page), "<html");
  });
});

Deno.test("the demo of an installed command does all of its ranges", async () => {
  await withPrefix(async (prefix) => {
    assertEquals((await tool("add", "--prefix", prefix)).code, 0);
    const demo = await run(`${prefix}/bin/executor`, ["demo", "--reporter", "plain"]);
    assertStringIncludes(demo.stdout, "16 done of 16 ranges · 960 of 960 items done");
    assertEquals([demo.code, demo.stderr], [0, ""]);
  });
});

Deno.test("where Deno cannot bundle, the command runs from the clone", async () => {
  await withPrefix(async (prefix) => {
    // No registry is there, and none of its files.
    const env = { DENO_DIR: `${prefix}/empty`, NPM_CONFIG_REGISTRY: "http://127.0.0.1:9/" };
    const args = ["run", "-A", PROGRAM, "add", "--prefix", prefix];
    const added = await run(Deno.execPath(), args, { cwd: ROOT, env });
    assertStringIncludes(
      added.stdout,
      "Deno could not bundle the program: keep the clone, which the command runs from.\n",
    );
    const script = `${prefix}/bin/executor`;
    assert((await Deno.readTextFile(script)).includes(`${ROOT}cli.ts`));
    assertEquals((await run(script, ["--version"])).code, 0);
    assertEquals(namesIn(prefix).includes("lib"), false);
  });
});

Deno.test("install and uninstall leave a manual page of another program alone", async () => {
  await withPrefix(async (prefix) => {
    const manual = `${prefix}/share/man/man1/executor.1`;
    await Deno.mkdir(`${prefix}/share/man/man1`, { recursive: true });
    await Deno.writeTextFile(manual, ".TH OTHER 1\n");
    const added = await tool("add", "--prefix", prefix);
    assertStringIncludes(added.stdout, `There is another manual page already: ${manual}`);
    assertEquals((await tool("remove", "--prefix", prefix)).code, 0);
    assertEquals(await Deno.readTextFile(manual), ".TH OTHER 1\n");
  });
});

Deno.test("workers of the installed command get the user's limit of open files", async () => {
  await withPrefix(async (prefix) => {
    assertEquals((await tool("add", "--prefix", prefix)).code, 0);
    const job = "run -n 2 -c 1 -w 1 --output ordered --reporter quiet -- sh -c 'ulimit -Sn'";
    // Without a shell between them, only the script knows the limit.
    const script = `ulimit -Sn 321; exec "$0" ${job}`;
    const { stdout } = await run("sh", ["-c", script, `${prefix}/bin/executor`]);
    assertEquals(stdout, "321\n321\n");
  });
});
