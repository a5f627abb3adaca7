// The ids of a journal are checked before anything is done with them: none is code, a pattern, an option or a path.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { runCli } from "../../helpers/cli.ts";
import { withFolder } from "../../helpers/journal.ts";
import { LINUX, needs, testWith } from "../../helpers/needs.ts";
import { processesWith, uniqueMark } from "../../helpers/processes.ts";
import { writeProgram } from "../../helpers/programs.ts";

/** A client that hands its words to a shell on this machine, as sshd does. */
const SSH = `#!/bin/sh
while [ $# -gt 0 ] && [ "$1" != -- ]; do shift; done
shift 2
exec /bin/sh -c "$*"
`;

const ID = crypto.randomUUID();
const IDS = [
  "x'$(touch $PWNED)'",
  `${ID}'; touch $PWNED; '`,
  "$(touch $PWNED)",
  "`touch $PWNED`",
  `${ID}\n; touch $PWNED`,
  `${ID}\n`,
  `\n${ID}`,
  ".*",
  "",
  "[0-9a-f]",
  "4",
  "-v",
  "--help",
  "../../x",
  `${ID}/../x`,
  `${ID}\0`,
  "executor-*",
];

for (const id of IDS) {
  testWith(
    `a journal with the run id ${JSON.stringify(id)} is refused, and nothing is done with it`,
    needs(LINUX),
    async () => {
      await withFolder(async (folder) => {
        const path = `${folder}/j`;
        await writeProgram(`${folder}/ssh`, SSH);
        const start = {
          ...{ v: 2, t: 1, kind: "run-started", runId: id, totalItems: 1, ranges: 1 },
          ...{ numWorkers: 1, maxRetries: 0, chunkSize: 1, retryFrom: "start" },
          command: ["false"],
        };
        await Deno.writeTextFile(path, `${JSON.stringify(start)}\n`);
        // A worker of another run, which a pattern would match.
        const mark = uniqueMark();
        const worker = new Deno.Command("sh", {
          args: ["-c", "while :; do sleep 0.05; done", mark],
          env: { EXECUTOR_RUN_ID: crypto.randomUUID() },
          detached: true,
        }).spawn();
        try {
          const env = { PATH: `${folder}:${Deno.env.get("PATH")}`, PWNED: `${folder}/pwned` };
          const common = ["run", "-n", "1", "-c", "1", "--journal", path, "--resume"];
          for (const launcher of [["--launcher", "ssh", "--hosts", "n1:1"], []]) {
            const { code, stdout, stderr } = await runCli([...common, ...launcher, "--", "false"], {
              env,
            });
            assertEquals([code, stdout], [2, ""]);
            assertStringIncludes(stderr, "has an event run-started whose runId must be");
          }
          const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
          assertEquals(names, ["j", "ssh"]);
          assertEquals(processesWith(mark).length > 0, true);
        } finally {
          Deno.kill(-worker.pid, "SIGKILL");
          await worker.status;
        }
      });
    },
  );
}
