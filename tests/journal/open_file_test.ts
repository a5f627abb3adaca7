// What can be a journal: a file of any kind, also where it cannot be locked or cut; nothing else.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cliCommandLine, runCli } from "../helpers/cli.ts";
import { eventsIn, runRecorded, withFolder } from "../helpers/journal.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { withFailing } from "../helpers/preload.ts";
import { until } from "../helpers/processes.ts";
import { succeeds } from "../helpers/programs.ts";

const CONFIG = { totalItems: 3, chunkSize: 1, numWorkers: 1 };

const SPECIAL: [make: string, kind: string, program?: string][] = [
  ["mkfifo $0", "a pipe"],
  ["mkdir $0", "a directory"],
  ["ln -s /dev/null $0", "a device"],
  ["ln -s /dev/full $0", "a device"],
  ["mkfifo $0.1; ln -s $0.1 $0", "a pipe"],
  [
    "python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' $0",
    "a socket",
    "python3",
  ],
];

for (const resume of [[], ["--resume"], ["--dry-run"], ["--dry-run", "--resume"]]) {
  for (const [make, kind, program = "sh"] of SPECIAL) {
    const needed = needs(LINUX, program);
    testWith(`a journal must be a file, ${resume.join(" ")}: ${make}`, needed, async () => {
      await withFolder(async (folder) => {
        const path = `${folder}/j`;
        assert(succeeds("sh", ["-c", make, path]));
        const args = [
          "run",
          "-n",
          "1",
          "--journal",
          path,
          ...resume,
          "--",
          "touch",
          `${folder}/ran`,
        ];
        const { code, stdout, stderr } = await runCli(args);
        assertEquals([code, stdout], [2, ""]);
        assertStringIncludes(stderr, `the journal ${path} must be a file: it is ${kind}\n`);
        assertEquals(
          Array.from(Deno.readDirSync(folder)).some(({ name }) => name === "ran"),
          false,
        );
      });
    });
  }
}

const withoutLocks = (folder: string, errno: string) =>
  withFailing(folder, "flock(int a, int b)", errno);

const withGcc = needs(LINUX, "gcc");

for (const errno of ["ENOSYS", "ENOLCK", "EOPNOTSUPP", "EINVAL"]) {
  testWith(
    `a file system without locks, ${errno}: the run goes on, with a warning`,
    withGcc,
    async () => {
      await withFolder(async (folder) => {
        const env = withoutLocks(folder, errno);
        const path = `${folder}/j`;
        const run = (resume: string[], program: string) => {
          const args = ["run", "-n", "2", "-c", "1", "--reporter", "plain", "--journal", path];
          return runCli([...args, ...resume, "--", ...program.split(" ")], { env });
        };
        const script = `test -e ${folder}/go`;
        const first = await run([], script);
        assertEquals(first.code, 1);
        assertStringIncludes(first.stdout, `warning: the journal ${path} cannot be locked`);
        assertStringIncludes(
          first.stdout,
          "nothing keeps a run on another machine from writing it",
        );
        // What was cut short is not cut off, as it may be what another run writes.
        await Deno.writeTextFile(path, '{"v":2,"t":1,"ki', { append: true });
        await Deno.writeTextFile(`${folder}/go`, "");
        const second = await run(["--resume"], script);
        assertEquals(second.code, 0, second.stderr);
        assertStringIncludes(await Deno.readTextFile(path), '{"v":2,"t":1,"ki\x18\n{"v":2,');
        assertEquals(eventsIn(path, "run-started").length, 2);
        const third = await run(["--resume"], script);
        assertEquals([third.code, eventsIn(path, "attempt-started").length], [0, 4]);
        const report = await runCli(["report", path, "-o", `${folder}/report.html`], { env });
        assertEquals([report.code, report.stderr], [0, ""]);
      });
    },
  );
}

testWith("a journal that cannot be locked for another reason is refused", withGcc, async () => {
  await withFolder(async (folder) => {
    const args = ["run", "-n", "1", "--journal", `${folder}/j`, "--", "true"];
    const { code, stderr } = await runCli(args, { env: withoutLocks(folder, "EIO") });
    assertEquals(code, 2);
    assertStringIncludes(stderr, `the journal ${folder}/j cannot be locked: Input/output error`);
  });
});

testWith("without locks, the record tells that a run writes the journal", withGcc, async () => {
  await withFolder(async (folder) => {
    const env = withoutLocks(folder, "ENOLCK");
    const path = `${folder}/j`;
    const script = ["sh", "-c", "until [ -e $0/go ]; do sleep 0.05; done", folder];
    const args = ["run", "-n", "1", "--reporter", "quiet", "--journal", path, "--resume", "--"];
    const line = cliCommandLine([...args, ...script]);
    const live = new Deno.Command(line.command, {
      args: line.args,
      env,
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      await until(() => {
        try {
          return eventsIn(path, "attempt-started").length > 0;
        } catch {
          return false;
        }
      }, "the attempt has begun");
      const before = await Deno.readTextFile(path);
      const other = await runCli([...args, ...script], { env });
      assertEquals(other.code, 2);
      assertStringIncludes(other.stderr, `the journal ${path} is being written by another run`);
      assertEquals(await Deno.readTextFile(path), before);
    } finally {
      await Deno.writeTextFile(`${folder}/go`, "");
      assertEquals((await live.status).code, 0);
    }
    assertEquals((await runCli([...args, ...script], { env })).code, 0);
  });
});

for (const [errno, code] of [["EIO", 1], ["ENOSPC", 1], ["EINVAL", 0], ["ENOSYS", 0]] as const) {
  testWith(
    `a journal cannot be synced, ${errno}: the run goes on, with a warning`,
    withGcc,
    async () => {
      await withFolder(async (folder) => {
        const args = ["run", "-n", "2", "-c", "1", "-w", "1", "--reporter", "plain"];
        const line = [...args, "--journal", `${folder}/j`, "--", "sleep", "0.1"];
        const env = withFailing(folder, "fdatasync(int a)", errno);
        const { stdout, ...end } = await runCli(line, { env });
        assertEquals(end.code, code);
        assertStringIncludes(stdout, `warning: the journal ${folder}/j cannot be synced: `);
        assertEquals(stdout.includes("lacks ranges that have ended"), code === 1);
      });
    },
  );
}

/** Whether files here can be made such that they can only be appended to. */
function canAppendOnly(): boolean {
  const path = Deno.makeTempFileSync({ dir: "/var/tmp" });
  const can = succeeds("chattr", ["+a", path]);
  if (can) succeeds("chattr", ["-a", path]);
  Deno.removeSync(path);
  return can;
}

testWith(
  "a file that can only be appended to is a journal, also after a line that was cut short",
  needs(LINUX, { name: "chattr +a", isMet: canAppendOnly() }),
  async () => {
    const folder = await Deno.makeTempDir({ dir: "/var/tmp" });
    const path = `${folder}/j`;
    await Deno.writeTextFile(path, "");
    try {
      assert(succeeds("chattr", ["+a", path]));
      const run = (command: string[]) => runRecorded(CONFIG, () => command, { path, resume: true });
      const first = await run(["false"]);
      assertEquals([first.exitCode, first.warnings], [1, []]);
      for (const rest of ['{"v":2,"t":17', "{", "\0\0\0"]) {
        await Deno.writeTextFile(path, rest, { append: true });
        const next = await run(["false"]);
        assertEquals([next.counts.FAILED, next.warnings], [3, []]);
        assertStringIncludes(await Deno.readTextFile(path), `\n${rest}\x18\n`);
      }
      assertEquals((await run(["true"])).ok, true);
      assertEquals((await run(["true"])).attempts, 0);
    } finally {
      succeeds("chattr", ["-a", path]);
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test("a line that was cut short is cancelled where an append handle cannot be truncated, as on Windows", async () => {
  const { truncateSync, statSync: statOpen } = Deno.FsFile.prototype;
  const { statSync } = Deno;
  Deno.FsFile.prototype.truncateSync = () => {
    throw new Deno.errors.PermissionDenied("Access is denied. (os error 5)");
  };
  // There, files may have no numbers.
  const withoutNumber = (info: Deno.FileInfo) => ({
    ...info,
    ...{ ino: null, dev: 0, isFile: info.isFile },
  });
  Deno.statSync = (path) => withoutNumber(statSync(path));
  Deno.FsFile.prototype.statSync = function () {
    return withoutNumber(statOpen.call(this));
  };
  try {
    await withFolder(async (folder) => {
      const path = `${folder}/j`;
      const run = (command: string[]) => runRecorded(CONFIG, () => command, { path, resume: true });
      assertEquals((await run(["false"])).exitCode, 1);
      await Deno.writeTextFile(path, '{"v":2,"t":17', { append: true });
      const next = await run(["true"]);
      assertEquals([next.exitCode, next.warnings], [0, []]);
      assertEquals((await run(["true"])).attempts, 0);
    });
  } finally {
    Object.assign(Deno.FsFile.prototype, { truncateSync, statSync: statOpen });
    Deno.statSync = statSync;
  }
});

testWith("a lock that ends within a moment holds up no run", needs(LINUX), async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    using holder = Deno.openSync(path, { write: true, create: true });
    holder.lockSync(true);
    const { tryLockSync } = Deno.FsFile.prototype;
    let looks = 0;
    Deno.FsFile.prototype.tryLockSync = function (isExclusive) {
      const isFree = tryLockSync.call(this, isExclusive);
      if (!isFree && ++looks === 3) holder.unlockSync();
      return isFree;
    };
    try {
      assert((await runRecorded(CONFIG, () => ["true"], { path })).ok);
      assertEquals(looks, 3);
    } finally {
      Deno.FsFile.prototype.tryLockSync = tryLockSync;
    }
  });
});
