// The grid of real runs on a screen, from the first frame to every way to end.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { AnsiReporter, SubprocessExecutor } from "@lambdawaker/executor";
import type { Terminal } from "@lambdawaker/executor/reporters";
import { until } from "../helpers/processes.ts";
import { ScreenTerminal } from "../helpers/screen_terminal.ts";

for (const [columns, rows, numWorkers] of [[80, 24, 4], [100, 30, 4], [200, 50, 16]] as const) {
  Deno.test(`AnsiReporter shows a real run on ${columns}×${rows}, and then its end`, async () => {
    using terminal = new ScreenTerminal(columns, rows);
    let titles = 0;
    terminal.onTitleChange(() => titles++);
    await terminal.write("$ executor run\r\n");
    const folder = await Deno.makeTempDir();
    try {
      // Each worker stops halfway until the test lets it go on.
      const script = `echo PROGRESS: 5; printf 'MESSAGE: \\033]0;evil\\007at work\\n'
        until [ -e ${folder}/go ]; do sleep 0.02; done; [ $EXECUTOR_WORKER != 1 ] || exit 3`;
      const executor = new SubprocessExecutor(
        { totalItems: 10 * numWorkers, numWorkers },
        () => ["sh", "-c", script],
      );
      const running = executor.run(new AnsiReporter({ title: "Job", terminal }));
      await until(
        () => terminal.lines().join("\n").split("at work").length === numWorkers + 1,
        "all panels show their message",
      );
      const lines = terminal.lines();
      assertEquals(lines[0], "$ executor run");
      assertStringIncludes(lines[1]!, `50% ${5 * numWorkers}/${10 * numWorkers}`);
      assertStringIncludes(lines[2]!, `${numWorkers} running`);
      for (let worker = 0; worker < numWorkers; worker++) {
        const panel = lines.findIndex((line) => line.includes(`╭ worker ${worker} ─`));
        assertStringIncludes(lines[panel + 1]!, `items ${10 * worker}–${10 * worker + 9}`);
        assertStringIncludes(lines[panel + 2]!, "5/10  50%");
      }
      assert((await terminal.modes()).cursorHidden);
      await Deno.writeTextFile(`${folder}/go`, "");
      const { ok } = await running;
      assertEquals(ok, false);
      const closing = terminal.lines().join("\n");
      assert(!closing.includes("╭"), "the grid is still there");
      assertStringIncludes(closing, `FAILED items 10–19 after 1 attempt: exit code 3`);
      assertStringIncludes(
        closing,
        `Job: ${numWorkers - 1} done · 1 failed of ${numWorkers} ranges`,
      );
      assertEquals(await terminal.modes(), { alternate: false, cursorHidden: false });
      assertEquals(terminal.cursor().column, 0);
      assertEquals(titles, 0, "a worker changed the title");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("a terminal that accepts no output does not delay the exit after a second signal", async () => {
  let stuck = 0;
  const control = new AbortController();
  const terminal: Terminal = {
    size: () => ({ columns: 80, rows: 24 }),
    onResize: () => ({ [Symbol.dispose]() {} }),
    writeSync: () => stuck++,
    // It takes the first frame and never resolves.
    write: () => {
      control.abort();
      return new Promise(() => {});
    },
  };
  const executor = new SubprocessExecutor(
    { totalItems: 1, gracePeriod: 200 },
    () => ["sleep", "60"],
  );
  const summary = await executor.run(new AnsiReporter({ terminal }), { signal: control.signal });
  assertEquals(summary.stoppedBy?.kind, "abort");
  assertEquals(stuck, 0, "a write that would not return");
});

for (const way of ["throw", "reject", "exit"]) {
  Deno.test(`the cursor is restored when the program ends by ${way}`, async () => {
    const fixture = new URL("../fixtures/dies_while_drawing.ts", import.meta.url).pathname;
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", fixture, way],
      stderr: "null",
    }).output();
    const text = new TextDecoder().decode(stdout);
    assertStringIncludes(text, "\x1b[?25l");
    assert(
      text.lastIndexOf("\x1b[?25h") > text.lastIndexOf("\x1b[?25l"),
      JSON.stringify(text.slice(-100)),
    );
  });
}
