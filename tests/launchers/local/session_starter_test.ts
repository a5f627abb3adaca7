// The session starter: the program itself, on each processor, and where it is kept.
import { LocalLauncher } from "@lambdawaker/executor/launchers";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { installStarter, starterArguments } from "../../../src/launchers/local/session_starter.ts";
import { STARTERS } from "../../../src/launchers/local/session_starter/starter_bytes.ts";
import { assemble, PROCESSORS } from "../../../tools/build_session_starter.ts";
import { LINUX, MOUNT, needs, testWith } from "../../helpers/needs.ts";
import { writeProgram } from "../../helpers/programs.ts";

const onLinux = needs(LINUX);
const names = Object.keys(PROCESSORS) as (keyof typeof PROCESSORS)[];

for (const name of names) {
  const options = needs(`${PROCESSORS[name]}as`);
  testWith(`the bytes for ${name} are those of its source`, options, async () => {
    assertEquals(await assemble(name), STARTERS[name]);
  });

  const isOwn = Deno.build.arch === name;
  const emulator = isOwn ? [] : [`qemu-${name}`];
  const runs = needs(LINUX, ...emulator);
  const run = async (...args: string[]) => {
    const folder = await Deno.makeTempDir();
    const file = `${folder}/starter`;
    await writeProgram(file, STARTERS[name]!);
    const [command, ...rest] = [...emulator, file, ...args];
    const child = new Deno.Command(command!, {
      args: rest,
      env: { STARTER_TEST: "in the environment" },
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const { code, signal, stdout } = await child.output();
    await Deno.remove(folder, { recursive: true });
    const out = new TextDecoder().decode(stdout).trim();
    return { pid: child.pid, code, signal, out };
  };
  const script = (text: string, ...args: string[]) =>
    run("0", "/bin/sh", "NAME", "-c", text, ...args);

  testWith(
    `${name}: the program leads a session, and keeps pid, arguments, environment and exit code`,
    runs,
    async () => {
      const { pid, code, out } = await script(
        'read -r stat </proc/$$/stat; set -- "$@" ${stat##*)}; echo $$ "[$0][$1]" $4 $5 "$STARTER_TEST"; exit 7',
        "",
        "a  b",
      );
      assertEquals(code, 7);
      const [own = "", rest = ""] = out.split(/ (.*)/);
      // An emulator makes no process of its own.
      assertEquals(own, `${pid}`);
      assertEquals(rest, `[][a  b] ${pid} ${pid} in the environment`);
    },
  );

  testWith(`${name}: a signal ends the program, not another one`, runs, async () => {
    assertEquals((await script("kill -SEGV $$")).signal ?? "SIGSEGV", "SIGSEGV");
  });

  testWith(
    `${name}: the soft limit of open files is lowered, and never raised`,
    runs,
    async () => {
      const limits = async (soft: string) =>
        (await run(soft, "/bin/sh", "sh", "-c", "ulimit -Sn; ulimit -Hn")).out.split("\n");
      const [soft, hard] = await limits("0");
      assertEquals(await limits("57"), ["57", hard]);
      assertEquals(await limits(`${Number(hard) + 1}`), [soft, hard]);
    },
  );

  testWith(`${name}: a script without #! is given to sh, as by execvp(3)`, runs, async () => {
    const file = await Deno.makeTempFile();
    await Deno.writeTextFile(file, 'echo "$0" "$@"\n');
    await Deno.chmod(file, 0o700);
    assertEquals((await run("0", file, "name", "a", "b  c")).out, `${file} a b  c`);
    await Deno.remove(file);
  });

  testWith(`${name}: what cannot be run has the exit codes of env(1)`, runs, async () => {
    assertEquals((await run("0", "/nonexistent/program", "x")).code, 127);
    assertEquals((await run("0", "/etc/passwd", "x")).code, 126);
    assertEquals((await run()).code, 126);
  });
}

/** Runs `action` with a folder for caches of its own. */
async function withCache(action: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  // The environment is that of all tests, so another process looks.
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Returns where another process installs the starter. */
async function installIn(env: Record<string, string>, flags = ["-A"]): Promise<string> {
  const module = new URL("../../../src/launchers/local/session_starter.ts", import.meta.url);
  const code = `import { installStarter } from "${module}"; console.log(installStarter());`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      ...flags,
      `data:text/javascript,${encodeURIComponent(code)}`,
    ],
    env,
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

testWith("it is kept in the folder for caches, and used again", onLinux, async () => {
  await withCache(async (cache) => {
    const first = await installIn({ XDG_CACHE_HOME: cache });
    assert(first.startsWith(`${cache}/executor/session-starter-`), first);
    const { ino, mode } = await Deno.stat(first);
    assertEquals(mode! & 0o777, 0o700);
    assertEquals((await Deno.stat(`${cache}/executor`)).mode! & 0o777, 0o700);
    assertEquals(await installIn({ XDG_CACHE_HOME: cache }), first);
    assertEquals((await Deno.stat(first)).ino, ino);
  });
});

testWith("a file that was changed, or that others may change, is replaced", onLinux, async () => {
  await withCache(async (cache) => {
    const file = await installIn({ XDG_CACHE_HOME: cache });
    const bytes = await Deno.readFile(file);
    const other = bytes.slice();
    other[200]! ^= 1;
    for (
      const [content, mode] of [[other, 0o700], [bytes.slice(1), 0o700], [bytes, 0o722]] as const
    ) {
      await Deno.writeFile(file, content);
      await Deno.chmod(file, mode);
      assertEquals(await installIn({ XDG_CACHE_HOME: cache }), file);
      assertEquals(await Deno.readFile(file), bytes);
      assertEquals((await Deno.stat(file)).mode! & 0o777, 0o700);
    }
    await Deno.remove(file);
    await Deno.symlink("/bin/sh", file);
    assertEquals(await installIn({ XDG_CACHE_HOME: cache }), file);
    assert((await Deno.lstat(file)).isFile);
  });
});

testWith(
  "a folder that is a link, or that others may write to, is not used",
  onLinux,
  async () => {
    await withCache(async (cache) => {
      const env = { XDG_CACHE_HOME: `${cache}/c`, TMPDIR: `${cache}/t` };
      await Deno.mkdir(`${cache}/c/real`, { recursive: true });
      await Deno.symlink("real", `${cache}/c/executor`);
      const own = await installIn(env);
      assert(own.startsWith(`${cache}/t/executor-${Deno.uid()}/`), own);
      await Deno.chmod(`${cache}/t/executor-${Deno.uid()}`, 0o777);
      assertEquals(await installIn(env), "undefined");
    });
  },
);

testWith("without the permissions, there is none, and nothing is asked", onLinux, async () => {
  assertEquals(await installIn({}, ["--allow-run", "--allow-env", "--allow-read"]), "undefined");
});

testWith(
  "a worker gets the limit of open files that its user has set, from its first start on",
  onLinux,
  async () => {
    const cli = new URL("../../../cli.ts", import.meta.url).pathname;
    const run =
      `"$0" run -A --quiet "$1" run -n 3 -c 1 -w 1 --output ordered --reporter quiet -- sh -c 'ulimit -Sn'`;
    const { stdout, stderr } = await new Deno.Command("sh", {
      args: ["-c", `ulimit -Sn 123; ${run}; exit $?`, Deno.execPath(), cli],
    }).output();
    assertEquals(new TextDecoder().decode(stderr), "");
    assertEquals(new TextDecoder().decode(stdout), "123\n123\n123\n");
  },
);

testWith(
  "a limit that was set for the executor alone is that of its workers",
  onLinux,
  async () => {
    const cli = new URL("../../../cli.ts", import.meta.url).pathname;
    const run =
      `"$0" run -A --quiet "$1" run -n 2 -c 1 -w 1 --output ordered --reporter quiet -- sh -c 'ulimit -Sn'`;
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", `ulimit -Sn 123; (ulimit -n 456; exec ${run}); exit $?`, Deno.execPath(), cli],
    }).output();
    assertEquals(new TextDecoder().decode(stdout), "456\n456\n");
  },
);

for (
  const [who, limit] of [
    ["the shell", "ulimit -Sn 123"],
    ["the installed command", "EXECUTOR_FILE_LIMIT=123; export EXECUTOR_FILE_LIMIT"],
  ] as const
) {
  testWith(
    `a starter that is changed while the run goes on is written again, and keeps the limit of ${who}`,
    onLinux,
    async () => {
      await withCache(async (cache) => {
        const cli = new URL("../../../cli.ts", import.meta.url).pathname;
        // The reaper may still run the starter, and a program that runs cannot be written to. So try again.
        const empty = [
          "tries=0",
          'until { true >"$1"; } 2>/dev/null; do',
          '  tries=$((tries + 1)); [ "$tries" -lt 500 ] || { true >"$1"; exit 1; }',
          "  sleep 0.02",
          "done",
        ].join("\n");
        const change = [
          "set -- $XDG_CACHE_HOME/executor/session-starter-*",
          "case $EXECUTOR_START in",
          `1) ${empty} ;;`,
          '2) rm "$1" ;;',
          '3) rm "$1"; cp /bin/true "$1" ;;',
          '4) rm "$1"; echo "echo other" >"$1"; chmod 700 "$1" ;;',
          "esac",
          "echo $EXECUTOR_START $(ulimit -Sn) ${EXECUTOR_FILE_LIMIT-unset}",
        ].join("\n");
        const run =
          `"$0" run -A --quiet "$1" run -n 6 -c 1 -w 1 --output ordered --reporter quiet -- sh -c "$2"`;
        const { code, stdout, stderr } = await new Deno.Command("sh", {
          args: ["-c", `${limit}; ${run}; exit $?`, Deno.execPath(), cli, change],
          env: { XDG_CACHE_HOME: cache },
        }).output();
        const lines = [0, 1, 2, 3, 4, 5].map((item) => `${item} 123 unset\n`);
        const [out, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
        assertEquals({ code, out, errors }, { code: 0, out: lines.join(""), errors: "" });
      });
    },
  );
}

Deno.test("the limit of the installed command is not in the environment of workers, though nothing can set it", async () => {
  await withCache(async (cache) => {
    const cli = new URL("../../../cli.ts", import.meta.url).pathname;
    await Deno.mkdir(`${cache}/executor`);
    await Deno.chmod(`${cache}/executor`, 0o777);
    await Deno.symlink(cache, `${cache}/executor-${Deno.uid()}`);
    const args = ["run", "-n", "2", "-c", "1", "--output", "ordered", "--reporter", "quiet", "--"];
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", cli, ...args, "sh", "-c", "echo ${EXECUTOR_FILE_LIMIT-unset}"],
      env: { XDG_CACHE_HOME: cache, TMPDIR: cache, EXECUTOR_FILE_LIMIT: "123" },
    }).output();
    // A run that lasts for a moment longer tells that its socket cannot be in such a folder.
    const complaints = new TextDecoder().decode(stderr).split("\n")
      .filter((line) => line !== "" && !line.includes("cannot be reached by other commands"));
    assertEquals(complaints, []);
    assertEquals(new TextDecoder().decode(stdout), "unset\nunset\n");
  });
});

for (const place of ["cwd", "undefined"]) {
  const which = place === "cwd" ? "a" : "no";
  const name =
    `a starter that its file system forbids to run is given up, and errors are told: ${which} working directory`;
  testWith(name, needs(LINUX, MOUNT), async () => {
    const folder = await Deno.makeTempDir();
    await Deno.copyFile("/bin/true", `${folder}/busy`);
    const launcher = new URL("../../../src/launchers/mod.ts", import.meta.url);
    const code = `import { LocalLauncher } from "${launcher}";
      const launcher = new LocalLauncher();
      const cwd = "${folder}";
      async function launch(command, cwd) {
        try {
          const process = launcher.launch({ command, args: ["-c", "exit 3"], cwd });
          await Promise.all([process.stdout.cancel(), process.stderr.cancel()]);
          console.log((await process.status).code);
        } catch (error) {
          console.log(error.message);
        }
      }
      for (let start = 0; start < 3; start++) await launch("sh", ${place});
      await launch("sh", "${folder}/nowhere");
      await launch("./missing", cwd);
      using _busy = Deno.openSync("${folder}/busy", { write: true });
      await launch("./busy", cwd);`;
    const script = `mkdir "$1/cache"; mount -t tmpfs -o noexec,size=64m none "$1/cache"
      ulimit -Sn 123; XDG_CACHE_HOME=$1/cache "$0" run -A --quiet "$2"; umount "$1/cache"`;
    const module = `data:text/javascript,${encodeURIComponent(code)}`;
    const { stdout, stderr } = await new Deno.Command("sh", {
      args: ["-c", script, Deno.execPath(), folder, module],
    }).output();
    assertEquals(new TextDecoder().decode(stderr), "");
    const lines = new TextDecoder().decode(stdout).trim().split("\n");
    assertStringIncludes(lines.pop()!, "./busy is open for writing by another process");
    assertEquals(lines, [
      "3",
      "3",
      "3",
      `working directory not found: ${folder}/nowhere`,
      "command not found: ./missing",
    ]);
    await Deno.remove(folder, { recursive: true });
  });
}

testWith(
  "a program that cannot be started is named, though the starter would be used",
  onLinux,
  async () => {
    const cli = new URL("../../../cli.ts", import.meta.url).pathname;
    const folder = await Deno.makeTempDir();
    await Deno.writeTextFile(`${folder}/script`, "#!/nonexistent/interpreter\n");
    await Deno.chmod(`${folder}/script`, 0o700);
    const { code, stdout } = await new Deno.Command("sh", {
      args: [
        "-c",
        `ulimit -Sn 123; "$0" run -A --quiet "$1" run --reporter plain -- ./{} ::: script missing; exit $?`,
        Deno.execPath(),
        cli,
      ],
      cwd: folder,
    }).output();
    assertEquals(code, 1);
    const text = new TextDecoder().decode(stdout);
    assert(text.includes('interpreter of ./script not found: "/nonexistent/interpreter"'), text);
    assert(text.includes("command not found: ./missing"), text);
    await Deno.remove(folder, { recursive: true });
  },
);

Deno.test("starterArguments() puts the limit, the file and its name before the arguments", () => {
  assertEquals(starterArguments({ path: "/p", args: ["a"] }), ["0", "/p", "/p", "a"]);
  assertEquals(starterArguments({ path: "/p", args: [], softLimit: 9 }), ["9", "/p", "/p"]);
  assert(typeof installStarter === "function" && typeof LocalLauncher === "function");
});

testWith(
  "a program that its file system forbids to run is named, and not tried again, whatever starts it",
  needs(LINUX, MOUNT),
  async () => {
    const folder = await Deno.makeTempDir();
    const cli = new URL("../../../cli.ts", import.meta.url).pathname;
    const script = `mount -t tmpfs -o noexec,size=1m none "$2"; cp /bin/true "$2/t"
      ulimit -Sn 123; "$0" run -A --quiet "$1" run -n 1 -r 1 --reporter plain -- "$2/t"; code=$?
      umount "$2"; exit $code`;
    const { code, stdout, stderr } = await new Deno.Command("sh", {
      args: ["-c", script, Deno.execPath(), cli, folder],
    }).output();
    assertEquals(code, 1, new TextDecoder().decode(stderr));
    const text = new TextDecoder().decode(stdout);
    assert(/CRASHED item 0 after 1 attempt: command not executable: .*noexec/.test(text), text);
    await Deno.remove(folder);
  },
);
