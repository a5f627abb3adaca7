// A run in the background from its start to its end, with all that people do to it; its journal tells each.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { RunEvent } from "@lambdawaker/executor";
import { readJournal } from "@lambdawaker/executor/journal";
import { ControlPlace } from "../helpers/control.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { isAlive, until } from "../helpers/processes.ts";
import { Tmux } from "../helpers/tmux.ts";

const SLEEPS = ["-n", "8", "-c", "1", "-w", "2", "--", "sh", "-c", "echo MESSAGE: busy; sleep 60"];

testWith(
  "a run outlives its terminal, is asked, shown twice, told things and stopped, and its journal tells each",
  needs(LINUX, "tmux"),
  async () => {
    await using place = new ControlPlace();
    const journal = `${place.folder}/run.jsonl`;
    {
      await using terminal = new Tmux();
      await terminal.start(100, 30);
      const words = ["run", "--detach", "--name", "it", "--journal", journal, ...SLEEPS];
      await terminal.type(place.line(...words), "Enter");
      await terminal.shows("executor: it runs in the background");
      // The shell dies with its terminal.
      await terminal.kill();
    }
    const live = await place.find("it");
    assert(live !== undefined);
    assertMatch((await place.cli("ls")).stdout, /^it +running +0\/8 0%/m);
    assertStringIncludes((await place.cli("status", "it")).stdout, "it (sh) is running");

    await using shown = new Tmux();
    await shown.start(100, 30);
    await shown.type(place.line("attach", "it"), "Enter");
    await shown.shows("busy");
    {
      await using other = new Tmux();
      await other.start(60, 20);
      await other.type(place.line("attach", "it"), "Enter");
      await other.shows("busy");
      await place.cli("scale", "it", "3");
      await place.cli("wait", "it", "--until", "workers>=3");
      await place.cli("cancel", "it", "1");
      await shown.shows(/1 failed/);
      await other.shows(/1 failed/);
      await place.cli("pause", "it");
      await shown.shows(/paused/i);
      await other.shows(/paused/i);
      await place.cli("continue", "it");
      assertEquals(attachersOf(place).length, 2);
      // The second terminal is killed while it shows the grid: neither the run nor the first one minds.
      await other.kill();
    }
    await until(() => attachersOf(place).length === 1, "one grid is left");
    await place.cli("scale", "it", "4");
    await place.cli("wait", "it", "--until", "workers>=4");
    assert(isAlive(live.pid));
    await place.cli("stop", "it");
    await shown.shows("stopped by SIGTERM");
    await shown.modeIsRestored();
    await until(() => !isAlive(live.pid), "the run is over");
    assertEquals(toldBy(journal), [
      "run-started",
      "pool-resized to 3",
      "cancel-requested for 1",
      "range 1 FAILED",
      "run-paused",
      "run-unpaused",
      "pool-resized to 4",
      "run-stopping by SIGTERM",
      "run-ended",
    ]);
  },
);

/** Returns the processes of a place that show a grid. */
function attachersOf({ folder }: ControlPlace): string[] {
  return Array.from(Deno.readDirSync("/proc"), ({ name }) => name).filter((name) => {
    try {
      if (!Deno.readTextFileSync(`/proc/${name}/cmdline`).includes("\0attach\0")) return false;
      return Deno.readTextFileSync(`/proc/${name}/environ`).includes(`TMPDIR=${folder}\0`);
    } catch {
      return false;
    }
  });
}

/** Returns what a journal tells of a run and of what was asked of it, in order. */
function toldBy(journal: string): string[] {
  return Array.from(readJournal(journal)).flatMap((event: RunEvent): string[] => {
    switch (event.kind) {
      case "pool-resized":
        return [`pool-resized to ${event.numWorkers}`];
      case "cancel-requested":
        return [`cancel-requested for ${event.item ?? event.range}`];
      case "range-ended":
        return event.status === "FAILED" ? [`range ${event.range} FAILED`] : [];
      case "run-stopping":
        return [`run-stopping by ${event.cause.kind === "signal" ? event.cause.signal : "?"}`];
      default:
        return event.kind.startsWith("run-") ? [event.kind] : [];
    }
  });
}
