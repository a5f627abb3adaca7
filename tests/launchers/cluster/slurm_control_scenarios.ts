// A run in a job of Slurm that is asked from the login node: a step of the job runs the command on the node of the run.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readJournal } from "@lambdawaker/executor/journal";
import { quote } from "../../../src/base/shell.ts";
import { cliCommandLine } from "../../helpers/cli.ts";
import { ControlPlace } from "../../helpers/control.ts";
import { until } from "../../helpers/processes.ts";
import { Tmux } from "../../helpers/tmux.ts";
import { mustRun, run } from "./daemon.ts";
import { SlurmCluster } from "./slurm_cluster.ts";

/** A job of Slurm whose script runs the command line, and the login node from which it is asked. */
class AskedJob {
  readonly #cluster: SlurmCluster;
  readonly #place: ControlPlace;
  readonly #id: string;

  private constructor(cluster: SlurmCluster, place: ControlPlace, id: string) {
    this.#cluster = cluster;
    this.#place = place;
    this.#id = id;
  }

  /**
   * Submits a script with lines before the one that runs the command.
   *
   * @param before Lines of sh.
   */
  static async submit(
    cluster: SlurmCluster,
    place: ControlPlace,
    { args, before = "" }: { args: string[]; before?: string },
  ): Promise<AskedJob> {
    const { command, args: words } = cliCommandLine(["run", "--name", "it", ...args]);
    const line = [command, ...words].map(quote).join(" ");
    const script = `${place.folder}/job.sh`;
    await Deno.writeTextFile(script, `#!/bin/sh\n${before}\nexec ${line}\n`);
    const options = ["--no-kill", "-N3", "-n6", `--output=${place.folder}/output`];
    const said = await mustRun("sbatch", [...options, script], { ...cluster.env, ...place.env });
    return new AskedJob(cluster, place, /\d+/.exec(said)![0]);
  }

  /** What a login node has in its environment. */
  get env(): Record<string, string> {
    return { ...this.#cluster.env, ...this.#place.env };
  }

  /** Returns the line of a shell that runs a command on the node of the run, as docs/cluster.md has it. */
  line(command: readonly string[], { isInteractive = false } = {}): string {
    const node = `"$(squeue -h -j ${this.#id} -o %B)"`;
    const pty = isInteractive ? " --pty" : "";
    return `srun --jobid ${this.#id} --overlap${pty} -N1 -n1 -w ${node} ${
      command.map(quote).join(" ")
    }`;
  }

  /** Runs a command on the node of the run. */
  async ask(...command: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    return await run("sh", ["-c", this.line(command)], this.env);
  }

  /** Runs the command line on the node of the run. */
  async cli(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    return await this.ask(...executor(...args));
  }

  /** Waits until the run can be asked. */
  async untilReachable(...prefix: string[]): Promise<void> {
    const words = [...prefix, ...executor("wait", "it", "--until", "workers>=2")];
    await until(async () => (await this.ask(...words)).code === 0, "two workers are busy", {
      patience: 60_000,
    }).catch(async (error) => {
      throw new Error(`${error.message}:\n${await this.output()}`);
    });
  }

  /** Waits until Slurm has ended the job. */
  async untilOver(): Promise<void> {
    const look = () => run("squeue", ["-h", "-j", this.#id, "-t", "all", "-o", "%T"], this.env);
    await until(
      async () => /^(FAILED|COMPLETED|CANCELLED)/.test((await look()).stdout),
      "the job is over",
      { patience: 30_000 },
    );
  }

  /** Returns what the run has printed. */
  async output(): Promise<string> {
    return await Deno.readTextFile(`${this.#place.folder}/output`).catch(() => "");
  }
}

/** Returns the words that run the command line. */
function executor(...args: string[]): string[] {
  const { command, args: words } = cliCommandLine(args);
  return [command, ...words];
}

/** Returns a line for a shell in tmux that runs a line in an environment, and then prints its exit code. */
function inEnv(env: Record<string, string>, line: string): string {
  const words = Object.entries(env).map(([name, value]) => quote(`${name}=${value}`)).join(" ");
  return `clear; env ${words} sh -c ${quote(line)}; echo "code $?"`;
}

const WORK = ["-n", "40", "-c", "1", "--", "sh", "-c", "echo MESSAGE: at work; sleep 60"];

Deno.test("a run in a job is shown, resized and stopped from the login node", async () => {
  await using cluster = await SlurmCluster.up();
  await using place = new ControlPlace();
  const journal = `${place.folder}/run.jsonl`;
  const args = ["--launcher", "slurm", "-w", "2", "--grace-period", "3s", "--journal", journal];
  const job = await AskedJob.submit(cluster, place, { args: [...args, ...WORK] });
  await job.untilReachable();
  assertStringIncludes((await job.cli("status", "it")).stdout, "it (sh) is running");

  await using tmux = new Tmux();
  await tmux.start(100, 30);
  const attach = job.line(executor("attach", "it"), { isInteractive: true });
  await tmux.type(inEnv(job.env, attach), "Enter");
  await tmux.shows("at work");
  await tmux.shows("Ctrl-C leave");
  // It has the size of this terminal, also when that changes.
  await tmux.resize(60, 16);
  await until(
    async () => Math.max(...(await tmux.screen()).split("\n").map((row) => row.length)) === 60,
    "the grid is 60 columns wide",
  );

  const scaled = await job.cli("scale", "it", "3");
  assertEquals([scaled.code, scaled.stdout], [0, "it: 3 workers\n"], scaled.stderr);
  assertEquals((await job.cli("wait", "it", "--until", "workers>=3")).code, 0);
  // The keys of the grid reach the run.
  await tmux.type("p");
  await tmux.shows(/paused/i);
  await tmux.type("p");
  assertEquals((await job.cli("wait", "it", "--until", "not paused")).code, 0);
  await tmux.type("C-c");
  await tmux.shows("executor: it goes on");
  await tmux.shows("code 0");
  await tmux.modeIsRestored();
  assertStringIncludes((await job.cli("status", "it")).stdout, "it (sh) is running");

  const stopped = await job.cli("stop", "it");
  assertEquals([stopped.code, stopped.stdout], [0, "it: stops\n"], stopped.stderr);
  await job.untilOver();
  const text = await job.output();
  assertStringIncludes(text, "stopped by SIGTERM");
  const kinds = Array.from(readJournal(journal), ({ kind }) => kind)
    .filter((kind) => /^(run-|pool-)/.test(kind));
  assertEquals(kinds, [
    ...["run-started", "pool-resized", "run-paused", "run-unpaused"],
    ...["run-stopping", "run-ended"],
  ]);
});

Deno.test("a job with a TMPDIR of its own is asked with that TMPDIR", async () => {
  await using cluster = await SlurmCluster.up();
  await using place = new ControlPlace();
  const before = `export TMPDIR=${quote(place.folder)}/$SLURM_JOB_ID; mkdir "$TMPDIR"`;
  const job = await AskedJob.submit(cluster, place, { args: ["-w", "2", ...WORK], before });
  const own = ["sh", "-c", `TMPDIR=${quote(place.folder)}/$SLURM_JOB_ID exec "$@"`, "sh"];
  await job.untilReachable(...own);
  const without = await job.cli("scale", "it", "3");
  assertEquals(without.code, 2);
  assertStringIncludes(without.stderr, "cannot be reached: it has no socket in ");
  const { code, stdout } = await job.ask(...own, ...executor("status", "it"));
  assertEquals(code, 0);
  assertStringIncludes(stdout, "it (sh) is running");
  assertEquals((await job.ask(...own, ...executor("stop", "it"))).stdout, "it: stops\n");
  await job.untilOver();
  assert((await job.output()).includes("stopped by SIGTERM"));
});
