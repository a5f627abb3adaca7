// The grid of a run in other terminals: `executor attach`.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { readJournal } from "@lambdawaker/executor/journal";
import { ControlPlace } from "../helpers/control.ts";
import { needs, testWith } from "../helpers/needs.ts";
import { Tmux } from "../helpers/tmux.ts";
import { until } from "../helpers/processes.ts";

const SLEEPS = [
  "-n",
  "6",
  "-c",
  "1",
  "-w",
  "2",
  "--",
  "sh",
  "-c",
  "echo MESSAGE: at work; sleep 60",
];

testWith(
  "two terminals show a run, each at its size, and their keys control it",
  needs("tmux"),
  async () => {
    await using place = new ControlPlace();
    const journal = `${place.folder}/run.jsonl`;
    const { child } = await place.start(["--journal", journal, "--title", "Away", ...SLEEPS]);
    await using wide = new Tmux();
    await using small = new Tmux();
    await wide.start(100, 30);
    await small.start(40, 12);
    await wide.type(place.line("attach"), "Enter");
    await small.type(place.line("attach", "it"), "Enter");
    await wide.shows("at work");
    await wide.shows("Ctrl-C leave");
    await small.shows("Away");
    await wide.type("+");
    await until(async () => (await place.find("it")) !== undefined, "it goes on");
    await small.shows(/0\/6/);
    await until(
      async () => (await place.cli("status")).stdout.includes("3 workers, 3 busy"),
      "there are three workers",
    );
    await small.type("p");
    await wide.shows(/paused/i);
    await wide.type("?");
    await wide.shows("leave; the run goes on");
    await small.resize(80, 20);
    await small.shows("at work");
    // Ctrl-C leaves it, and the terminal is as before.
    await small.type("C-c");
    await small.shows("executor: it goes on; executor attach it shows it again");
    await small.modeIsRestored();
    assertEquals(await small.cursorIsVisible(), true);
    assertStringIncludes((await place.cli("status")).stdout, "it (Away) is paused");
    await place.cli("stop");
    await child.status;
    await wide.shows("stopped by SIGTERM");
    await wide.modeIsRestored();
    const kinds = Array.from(readJournal(journal), ({ kind }) => kind).filter((kind) =>
      /^(run-|pool-)/.test(kind)
    );
    assertEquals(kinds, ["run-started", "pool-resized", "run-paused", "run-stopping", "run-ended"]);
  },
);

testWith(
  "a grid that was suspended or whose run was killed leaves the terminal usable",
  needs("tmux"),
  async () => {
    await using place = new ControlPlace();
    const { child } = await place.start(SLEEPS);
    await using tmux = new Tmux();
    await tmux.start(100, 30);
    await tmux.type(place.line("attach"), "Enter");
    await tmux.shows("at work");
    await tmux.type("C-z");
    await tmux.modeIsRestored();
    assertStringIncludes((await place.cli("status")).stdout, "it (sh) is running");
    await tmux.type("clear; fg", "Enter");
    await tmux.shows("at work");
    child.kill("SIGKILL");
    await tmux.shows("executor: the connection to the run it has ended before the run");
    await tmux.modeIsRestored();
  },
);

Deno.test("attach needs a terminal, and a run", async () => {
  await using place = new ControlPlace();
  const { code, stderr } = await place.cli("attach");
  assertEquals([code, stderr.split("\n")[0]], [2, "executor: no run goes on that can be reached"]);
  await place.start(SLEEPS);
  const piped = await place.cli("attach");
  assertEquals(piped.code, 2);
  assertStringIncludes(
    piped.stderr,
    "executor attach needs a terminal: executor status tells how the run goes",
  );
});
