// Output of workers above the grid.
import { AnsiReporter, SubprocessExecutor } from "@lambdawaker/executor";
import { LiveOutput, OrderedOutput } from "@lambdawaker/executor/output";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { withFolder } from "../helpers/journal.ts";
import { until } from "../helpers/processes.ts";
import { ScreenTerminal } from "../helpers/screen_terminal.ts";

Deno.test("ordered output is printed above the grid, complete and before the run ends", async () => {
  await withFolder(async (folder) => {
    using terminal = new ScreenTerminal(60, 20);
    const grid = new AnsiReporter({ title: "Job", terminal });
    const output = new OrderedOutput({ write: (bytes) => grid.print(bytes) });
    const script = `until [ -e ${folder}/$0 ]; do sleep 0.02; done
      seq -f "item $0 line %.0f" 1 2000; printf 'end %s' $0`;
    const executor = new SubprocessExecutor(
      { totalItems: 4, numWorkers: 2 },
      ({ index }) => ["sh", "-c", script, `${index}`],
    );
    const running = executor.run(grid, { output, handleSignals: false });
    const screen = () => terminal.lines().join("\n");
    await until(() => screen().includes("╭ worker 1"), "the grid is there");
    await Deno.writeTextFile(`${folder}/0`, "");
    await until(() => screen().includes("item 0 line 2000"), "the first output is there");
    await until(() => screen().includes("─ SUCCESS ╮"), "the grid shows its end");
    assert(screen().indexOf("item 0 line 2000") < screen().indexOf("╭ worker 0"), screen());
    assertEquals(screen().match(/╭ worker/g)?.length, 2, "a frame is left above");
    await Deno.writeTextFile(`${folder}/1`, "");
    await running;
    const lines = terminal.lines();
    const printed = lines.slice(0, 4_002);
    const own = (item: number) =>
      Array.from({ length: 2_000 }, (_, line) => `item ${item} line ${line + 1}`);
    // Byte for byte: output without a final newline continues with the next one.
    const [first, ...others] = own(1);
    assertEquals(printed, [...own(0), `end 0${first}`, ...others, "end 1", lines[4_001]!]);
    assertStringIncludes(
      lines.slice(4_001).join("\n"),
      "Job: 2 done of 2 ranges · 4 of 4 items done",
    );
    assert(!screen().includes("╭"), "the grid is gone");
  });
});

Deno.test("output above the grid has no effect on the terminal, and leaves no frame beside it", async () => {
  using terminal = new ScreenTerminal(40, 20);
  const commands: string[] = [];
  terminal.onTitleChange((title) => commands.push(title));
  terminal.onCommand((command) => commands.push(command));
  const grid = new AnsiReporter({ title: "Job", terminal });
  const output = new LiveOutput({ write: (bytes) => grid.print(bytes) });
  const long = "x".repeat(45);
  const script = `echo PROGRESS: 1; sleep 0.5
    printf '\\033]0;evil\\007\\033[2J\\033[31m${long}\\r\\n\\377%s\\n' ${long}; sleep 0.3`;
  const executor = new SubprocessExecutor({ totalItems: 4, numWorkers: 2 }, () => [
    "sh",
    "-c",
    script,
  ]);
  await executor.run(grid, { output, handleSignals: false });
  const lines = terminal.lines().join("\n");
  for (const range of [0, 1]) {
    assertStringIncludes(lines, `range ${range}: ${"x".repeat(31)}\n${"x".repeat(14)}\n`);
  }
  assertEquals(commands, []);
  assertEquals(await terminal.modes(), { alternate: false, cursorHidden: false });
});
