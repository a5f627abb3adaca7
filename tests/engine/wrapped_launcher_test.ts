// Launchers around or derived from others: their launch() is called, or the run says that it cannot be.
import { SubprocessExecutor } from "@lambdawaker/executor";
import {
  type Launcher,
  LocalLauncher,
  SshLauncher,
  type WorkerCommand,
  type WorkerProcess,
} from "@lambdawaker/executor/launchers";
import { assertEquals, assertMatch } from "@std/assert";
import { causeText } from "../../src/reporters/wording.ts";

const inner = new LocalLauncher();
const marked = (command: WorkerCommand) =>
  inner.launch({ ...command, env: { ...command.env, MARK: "mine" } });

/** Runs a job of one item. Returns what its worker printed, and why the job failed. */
async function run(launcher: Launcher): Promise<{ lines: string[]; reasons: string[] }> {
  const lines: string[] = [];
  const executor = new SubprocessExecutor(
    { totalItems: 1, numWorkers: 1 },
    () => ["sh", "-c", "echo $MARK"],
    { launcher },
  );
  const { failures } = await executor.run({
    report: (event) => event.kind === "log" ? lines.push(...event.lines) : undefined,
  }, { handleSignals: false });
  return { lines, reasons: failures.map(({ cause }) => causeText(cause)) };
}

class Subclass extends LocalLauncher {
  override launch(command: WorkerCommand): WorkerProcess {
    return super.launch({ ...command, env: { ...command.env, MARK: "mine" } });
  }
}

const EFFECTIVE: [name: string, launcher: Launcher][] = [
  ["a wrapper without open()", { launch: marked }],
  ["a subclass", new Subclass()],
  ["a wrapper whose open() returns a launch() of its own", {
    async open(run) {
      const opened = await inner.open(run);
      return { launch: marked, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
    },
    launch: marked,
  }],
];

for (const [name, launcher] of EFFECTIVE) {
  Deno.test(`launch() of ${name} is called`, async () => {
    assertEquals(await run(launcher), { lines: ["mine"], reasons: [] });
  });
}

const hosts = [{ name: "127.0.0.1", workers: 1 }];
class SshSubclass extends SshLauncher {
  override launch(): WorkerProcess {
    throw new Error("never called");
  }
}
const WITHOUT_EFFECT: [name: string, launcher: Launcher][] = [
  ["a wrapper whose open() is that of another launcher", {
    open: (run) => inner.open(run),
    launch: marked,
  }],
  ["a subclass of SshLauncher", new SshSubclass({ hosts })],
];

for (const [name, launcher] of WITHOUT_EFFECT) {
  Deno.test(`launch() of ${name} would have no effect, and the run says so`, async () => {
    const { lines, reasons: [reason] } = await run(launcher);
    assertEquals(lines, []);
    assertMatch(reason!, /launch\(\) of the launcher has no effect, as its open\(\) returns/);
  });
}
