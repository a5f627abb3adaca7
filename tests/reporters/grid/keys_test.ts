// Keys of the grid, and their effect on a run.
import {
  AnsiReporter,
  type Reporter,
  type RunEvent,
  SubprocessExecutor,
  type TaskConfig,
} from "@lambdawaker/executor";
import type { Keyboard } from "@lambdawaker/executor/reporters";
import { assert, assertEquals } from "@std/assert";
import { withFolder } from "../../helpers/journal.ts";
import { until } from "../../helpers/processes.ts";
import { ScreenTerminal } from "../../helpers/screen_terminal.ts";

/** A keyboard whose keys a test presses. */
class FakeKeyboard implements Keyboard {
  press: (key: string) => void = () => {};
  listeners = 0;

  onKey(callback: (key: string) => void): Disposable {
    this.listeners++;
    this.press = callback;
    return { [Symbol.dispose]: () => void this.listeners-- };
  }
}

interface Watched {
  keyboard: FakeKeyboard;
  events: RunEvent[];
  screen: () => string;
  /** Lets the workers end. */
  go: () => Promise<void>;
  spawned: () => number;
}

/** Runs a job whose workers wait until the test lets them end. */
async function watched(
  config: TaskConfig,
  test: (watched: Watched) => Promise<void>,
): Promise<RunEvent[]> {
  const keyboard = new FakeKeyboard();
  const events: RunEvent[] = [];
  await withFolder(async (folder) => {
    using terminal = new ScreenTerminal(100, 30);
    const script =
      `echo "printed by $EXECUTOR_START"; until [ -e ${folder}/go ]; do sleep 0.02; done; exit $((EXECUTOR_START == 0))`;
    const collect: Reporter = {
      report: (event) => {
        events.push(event);
        if (event.kind !== "run-started") return;
        // Nobody means the grid before it is seen. Later on, the first frame may be there.
        assertEquals(keyboard.listeners, 1, "the reporter listens");
        keyboard.press("q");
      },
    };
    const reporter = new AnsiReporter({ terminal, keyboard });
    const running = new SubprocessExecutor(config, () => ["sh", "-c", script]).run([
      reporter,
      collect,
    ]);
    const spawned = () => events.filter(({ kind }) => kind === "spawned").length;
    const go = () => Deno.writeTextFile(`${folder}/go`, "");
    try {
      await until(() => spawned() > 0, "a worker has started");
      await until(() => terminal.lines().length > 0, "the grid is there");
      await test({ keyboard, events, go, spawned, screen: () => terminal.lines().join("\n") });
    } finally {
      await go();
      await running;
    }
    assertEquals(keyboard.listeners, 0, "the reporter stopped listening");
  });
  return events;
}

const CONFIG: TaskConfig = { totalItems: 8, chunkSize: 1, numWorkers: 2 };

Deno.test("q lets running ranges end, and starts no more", async () => {
  const events = await watched(CONFIG, async ({ keyboard, spawned }) => {
    await until(() => spawned() === 2, "both have started");
    keyboard.press("q");
  });
  const ended = events.filter(({ kind }) => kind === "range-ended");
  const statuses = ended.map((event) => event.kind === "range-ended" && event.status);
  assertEquals(statuses.sort(), ["FAILED", "SUCCESS"]);
});

Deno.test("+ and - change the number of workers at once", async () => {
  await watched(CONFIG, async ({ keyboard, spawned, screen, go, events }) => {
    await until(() => spawned() === 2, "two have started");
    for (const key of "+++") keyboard.press(key);
    await until(() => spawned() === 5, "three more have started");
    await until(() => screen().includes("#4 RUNNING"), "the grid shows them");
    for (const key of "----------") keyboard.press(key);
    await until(() => screen().includes("1 worker wanted"), "the grid shows it");
    await go();
    await until(() => events.at(-1)?.kind === "run-ended", "the run ends");
    const started = events.filter(({ kind }) => kind === "attempt-started").slice(5);
    assertEquals(started.map((event) => event.kind === "attempt-started" && event.worker), [
      0,
      0,
      0,
    ]);
  });
});

Deno.test("there are never more workers than ranges", async () => {
  const events = await watched(
    { totalItems: 3, chunkSize: 1, numWorkers: 2 },
    async ({ keyboard, spawned }) => {
      for (const key of "+++++") keyboard.press(key);
      await until(() => spawned() === 3, "all three have started");
    },
  );
  const resized = events.filter(({ kind }) => kind === "pool-resized");
  assertEquals(resized.map((event) => event.kind === "pool-resized" && event.numWorkers), [3]);
});

Deno.test("p pauses: neither ranges nor retries start until p is pressed again", async () => {
  const config = { ...CONFIG, totalItems: 2, numWorkers: 1, maxRetries: 1, retryDelay: 10 };
  const events = await watched(config, async ({ keyboard, go, events, screen, spawned }) => {
    keyboard.press("p");
    await go();
    await until(() => events.some(({ kind }) => kind === "retry-scheduled"), "it has failed");
    await until(() => screen().includes("paused: no new ranges start"), "the grid shows it");
    // Several times the delay of the retry, so that it would have started.
    await new Promise((resolve) => setTimeout(resolve, 200));
    assertEquals(spawned(), 1);
    keyboard.press("p");
    await until(() => spawned() === 3, "the retry starts");
  });
  assertEquals(
    events.filter(({ kind }) => kind === "run-paused" || kind === "run-unpaused").length,
    2,
  );
});

Deno.test("f, l and ? change what is shown, and other keys do nothing", async () => {
  await watched(CONFIG, async ({ keyboard, screen }) => {
    await until(() => screen().includes("q finish"), "the first frame is drawn");
    const shows = (text: string) =>
      until(() => screen().includes(text), `the screen shows ${text}`);
    const hides = (text: string) =>
      until(() => !screen().includes(text), `the screen hides ${text}`);
    keyboard.press("l");
    await shows("log of worker 0");
    await shows("printed by 0");
    keyboard.press("?");
    await shows("fewer workers");
    keyboard.press("f");
    await shows("no failures");
    assert(!screen().includes("#1 "), screen());
    for (const key of "lxy\x7f?") keyboard.press(key);
    await hides("log of worker");
    keyboard.press("f");
    await shows("#1 RUNNING");
  });
});

Deno.test("arrow keys choose a worker, l shows its log, and Esc ends the choice", async () => {
  await watched(CONFIG, async ({ keyboard, screen }) => {
    await until(() => screen().includes("#1 RUNNING"), "the first frame is drawn");
    const shows = (text: string) =>
      until(() => screen().includes(text), `the screen shows ${text}`);
    keyboard.press("ArrowDown");
    await shows(">0 RUNNING");
    await shows("Enter whole log");
    keyboard.press("ArrowDown");
    await shows(">1 RUNNING");
    assert(screen().includes("#0 RUNNING"), screen());
    keyboard.press("l");
    await shows("log of worker 1");
    await shows("printed by 1");
    keyboard.press("Escape");
    await shows("#1 RUNNING");
    await shows("log of worker 0");
    keyboard.press("Escape");
    await until(() => !screen().includes("log of worker"), "the log is hidden");
    keyboard.press("Enter");
    keyboard.press("f");
    await shows("no failures");
    keyboard.press("ArrowUp");
    await shows(">0 RUNNING");
  });
});
