import { assertEquals, assertStringIncludes } from "@std/assert";
import type { RunEvent } from "@lambdawaker/executor";
import { LocalLauncher } from "@lambdawaker/executor/launchers";
import { explainSpawnError } from "../../src/launchers/spawn_errors.ts";
import { runCli } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { needs, POSIX, testWith } from "../helpers/needs.ts";
import { ofKind, runScript } from "../helpers/run_job.ts";
import { causeText } from "../../src/reporters/wording.ts";

const refused = new Deno.errors.PermissionDenied("no");
const tooLong = Object.assign(new Error("Argument list too long"), { code: "E2BIG" });
const busy = new Error("Failed to spawn './work': Text file busy (os error 26)");
const full = Object.assign(new Error("Too many open files"), { code: "EMFILE" });

const SENTENCES: [error: Error, client: string, worker: string, permanent: boolean][] = [
  [new Deno.errors.NotFound("no"), "command not found: ssh", "command not found: ./work", true],
  [refused, "command not executable: ssh", "command not executable: ./work", true],
  [tooLong, "ssh cannot be started: Argument", "command cannot be started: Argument", true],
  [
    full,
    "ssh cannot be started: the system has no more open",
    "command cannot be started: the system has no more",
    false,
  ],
  [
    busy,
    "ssh cannot be started: ssh is open for writing by another process",
    "command cannot be started: ./work is open for writing by another process",
    false,
  ],
  [new Error("odd"), "ssh cannot be started: odd", "command cannot be started: odd", false],
];

for (const [error, client, worker, permanent] of SENTENCES) {
  Deno.test(`"${error.message}" is explained for a worker and for a client: ${worker}`, () => {
    const explained = [
      explainSpawnError(error, { command: "ssh", subject: "ssh" }),
      explainSpawnError(error, { command: "./work" }),
    ];
    assertStringIncludes(explained[0]!.message, client);
    assertStringIncludes(explained[1]!.message, worker);
    for (const { permanent: is, cause } of explained) assertEquals([is, cause], [permanent, error]);
  });
}

Deno.test("a working directory that is missing is named in place of the command", () => {
  const { message, permanent } = explainSpawnError(new Deno.errors.NotFound("no"), {
    command: "true",
    cwd: "/no/such/place",
  });
  assertEquals([message, permanent], ["working directory not found: /no/such/place", true]);
});

Deno.test("a launcher that cannot be opened is the reason of every launch, and none is tried again", async () => {
  const launcher = new LocalLauncher();
  launcher.open = () => Promise.reject(new Error("there is no way to open it"));
  const result = await runScript("true", { maxRetries: 3 }, { launcher });
  const [failure] = result.summary.failures;
  assertEquals([failure!.status, causeText(failure!.cause)], [
    "CRASHED",
    "there is no way to open it",
  ]);
  assertEquals(result.summary.attempts, result.summary.failures.length);
  assertEquals(ofKind(result, "warning"), []);
});

testWith("without ssh, that is the reason, and nothing is tried again", needs(POSIX), async () => {
  await withFolder(async (bin) => {
    for (const tool of ["sh", "cat", "rm"]) await Deno.symlink(`/bin/${tool}`, `${bin}/${tool}`);
    const ssh = ["--launcher", "ssh", "--hosts", "n1:1", "--launch-retries", "3"];
    const args = ["run", "-n", "1", "-r", "3", ...ssh, "--reporter", "jsonl", "--", "true"];
    const { code, stdout } = await runCli(args, { env: { PATH: bin } });
    const events: RunEvent[] = stdout.trim().split("\n").map((line) => JSON.parse(line));
    const ends = events.filter((event) => event.kind === "attempt-ended");
    assertEquals(ends.map(({ cause }) => causeText(cause!)), ["command not found: ssh"]);
    assertEquals(code, 1);
  });
});
