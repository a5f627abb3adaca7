// A reporter and an output of the API that both write to stdout.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { withFolder } from "../helpers/journal.ts";
import { needs, testWith } from "../helpers/needs.ts";
import { inTerminal, shellLine } from "../helpers/pty.ts";
import { Tmux } from "../helpers/tmux.ts";

const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

const programText = (reporter: string) => `
import { defaultReporter, PlainReporter, SubprocessExecutor } from "@lambdawaker/executor";
import { JsonlReporter, SummaryReporter } from "@lambdawaker/executor/reporters";
import { OrderedOutput } from "@lambdawaker/executor/output";

const executor = new SubprocessExecutor(
  { totalItems: 20, chunkSize: 1, numWorkers: 4 },
  ({ extraData: { range } }) =>
    ["sh", "-c", 'sleep 0.1; for i in 1 2 3; do echo "out ' + range + ' \$i"; done'],
);
await executor.run(${reporter}, { output: new OrderedOutput() });
`;

const ALL = Array.from(
  { length: 20 },
  (_, range) => [1, 2, 3].map((line) => `out ${range} ${line}`),
)
  .flat();

async function programIn(
  folder: string,
  reporter = 'defaultReporter({ title: "Job" })',
): Promise<string[]> {
  await Deno.writeTextFile(`${folder}/program.ts`, programText(reporter));
  return ["run", "-A", "--quiet", "--config", CONFIG, `${folder}/program.ts`];
}

testWith(
  "in a terminal, an OrderedOutput is printed above the grid of defaultReporter()",
  needs("tmux"),
  async () => {
    await withFolder(async (folder) => {
      await using tmux = new Tmux();
      await tmux.start(80, 24);
      const args = (await programIn(folder)).map((word) => `'${word}'`).join(" ");
      await tmux.type(`'${Deno.execPath()}' ${args}`, "Enter");
      await tmux.shows(/Job: 20 done of 20 items/);
      const history = await tmux.history();
      assertEquals(history.match(/^out \d+ \d$/gm), ALL);
      assert(!history.includes("╭"), history);
    });
  },
);

Deno.test("in a pipe, an OrderedOutput has stdout for itself", async () => {
  await withFolder(async (folder) => {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: await programIn(folder),
      stdin: "null",
    }).output();
    assertEquals(new TextDecoder().decode(stdout), ALL.map((line) => `${line}\n`).join(""));
    assertMatch(new TextDecoder().decode(stderr), /\[20\/20\]/);
  });
});

Deno.test("beside an OrderedOutput, a JsonlReporter writes to stderr", async () => {
  await withFolder(async (folder) => {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: await programIn(folder, "new JsonlReporter()"),
      stdin: "null",
    }).output();
    assertEquals(new TextDecoder().decode(stdout), ALL.map((line) => `${line}\n`).join(""));
    const kinds = new TextDecoder().decode(stderr).trimEnd().split("\n").map((line) =>
      JSON.parse(line).kind
    );
    assertEquals([kinds.at(0), kinds.at(-1)], ["run-started", "run-ended"]);
  });
});

for (const reporter of ["PlainReporter", "SummaryReporter"]) {
  testWith(
    `beside an OrderedOutput, the colours of a ${reporter} are those of stderr`,
    needs("script"),
    async () => {
      await withFolder(async (folder) => {
        const args = await programIn(folder, `new ${reporter}({ title: "Job" })`);
        const line = shellLine([Deno.execPath(), ...args]);
        // deno-lint-ignore no-control-regex
        const colored = /\x1b\[[0-9;]+m20 done/;
        assertMatch(await inTerminal(`${line} > ${folder}/out`), colored);
        await inTerminal(`${line} 2> ${folder}/said`);
        assertMatch(await Deno.readTextFile(`${folder}/said`), /^Job: 20 done of 20 items/m);
      });
    },
  );
}
