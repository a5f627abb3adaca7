// Launchers that build on LocalLauncher: what they change must have its effect, and the reaper must stay.
import { processesWith, until } from "../../helpers/processes.ts";
import { SubprocessExecutor } from "@lambdawaker/executor";
import {
  type Launcher,
  LocalLauncher,
  type WorkerCommand,
  type WorkerProcess,
} from "@lambdawaker/executor/launchers";
import { assert, assertEquals } from "@std/assert";
import { needs, POSIX, testWith } from "../../helpers/needs.ts";

/** Counts what it launches. */
class Subclass extends LocalLauncher {
  launched = 0;

  override launch(command: WorkerCommand): WorkerProcess {
    this.launched++;
    return super.launch(command);
  }
}

/** Has no open() that it could pass on. */
class Wrapper implements Launcher {
  launched = 0;
  readonly #inner = new LocalLauncher();

  launch(command: WorkerCommand): WorkerProcess {
    this.launched++;
    return this.#inner.launch(command);
  }
}

for (const Class of [Subclass, Wrapper]) {
  Deno.test(`the launch() of a ${Class.name.toLowerCase()} is used`, async () => {
    const launcher = new Class();
    const executor = new SubprocessExecutor(
      { totalItems: 3, numWorkers: 2, chunkSize: 1 },
      () => ["true"],
      { launcher },
    );
    assert((await executor.run()).ok);
    assertEquals(launcher.launched, 3);
  });

  const options = needs(POSIX);
  testWith(`the reaper ends the workers of a ${Class.name.toLowerCase()}`, options, async () => {
    const program = `
      import { SubprocessExecutor } from "@lambdawaker/executor";
      import { LocalLauncher } from "@lambdawaker/executor/launchers";
      ${Class}
      const executor = new SubprocessExecutor(
        { totalItems: 1 }, () => ["sleep", "120"], { launcher: new ${Class.name}() },
      );
      await executor.run({ report: (event) => event.kind === "spawned" && console.log(event.pid) });`;
    const file = await Deno.makeTempFile({ suffix: ".js" });
    // The functions of a class are JavaScript once they have been loaded.
    await Deno.writeTextFile(file, program);
    const config = new URL("../../../deno.json", import.meta.url).pathname;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", "--no-check", "--config", config, file],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const pid = Number((await reader.read()).value);
    await until(() => processesWith("sleep").includes(pid), "its program has begun");
    child.kill("SIGKILL");
    await child.status;
    await until(() => !isAlive(pid), "the reaper has ended it");
    await reader.cancel();
    await Deno.remove(file);
  });
}

function isAlive(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}
