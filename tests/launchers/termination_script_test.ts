import { assert, assertEquals } from "@std/assert";
import { SEARCH } from "../../src/launchers/search_script.ts";
import { TERMINATE } from "../../src/launchers/termination_script.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { assertNoneLeft, processesWith, uniqueMark, until } from "../helpers/processes.ts";

const SHELLS = [["dash"], ["bash"], ["busybox", "sh"]];

interface Worker {
  readonly mark: string;
  readonly child: Deno.ChildProcess;
}

/** Starts a worker that leads its own group, and waits until it runs. */
async function startWorker(script: string): Promise<Worker> {
  const mark = uniqueMark();
  const child = new Deno.Command("sh", {
    args: ["-c", `${script}; echo ready; while :; do sleep 0.02; done`, mark],
    env: { EXECUTOR_TEST_MARK: mark },
    detached: true,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  return { mark, child };
}

/** Ends a worker's group by the script, whose seconds are short. */
async function terminate(
  [command = "", ...args]: string[],
  { worker: { child: { pid }, mark }, grace }: { worker: Worker; grace: number },
): Promise<{ code: number; lines: string[] }> {
  // A zombie has no environment.
  const script = `${TERMINATE}${SEARCH}
    executor_grace=${grace}
    sleep() { [ "$1" != 1 ] || echo second; command sleep 0.05; }
    executor_signal() { echo "$1"; kill -s "$1" -- "-${pid}"; }
    executor_is_alive() { [ -n "$(executor_find "EXECUTOR_TEST_MARK=${mark}")" ]; }
    executor_terminate`;
  const { code, stdout } = await new Deno.Command(command, {
    args: [...args, "-c", script],
    stderr: "null",
  }).output();
  return { code, lines: new TextDecoder().decode(stdout).trim().split("\n") };
}

for (const shell of SHELLS) {
  const options = needs(LINUX, shell[0]!);

  testWith(`${shell.join(" ")} ends a group in order`, options, async () => {
    const worker = await startWorker("trap 'exit 3' TERM");
    // Only a group that is continued can end in order.
    worker.child.kill("SIGSTOP");
    const { code, lines } = await terminate(shell, { worker, grace: 1_000 });
    assertEquals([code, (await worker.child.status).code], [0, 3]);
    assertEquals(lines.filter((line) => line !== "second"), ["TERM", "CONT"]);
    assertNoneLeft(worker.mark);
  });

  testWith(`${shell.join(" ")} kills a group after the grace period`, options, async () => {
    const worker = await startWorker("trap '' TERM");
    const { code, lines } = await terminate(shell, { worker, grace: 2 });
    assertEquals(lines, ["TERM", "CONT", "second", "second", "KILL"]);
    assertEquals([code, (await worker.child.status).signal], [0, "SIGKILL"]);
    assertNoneLeft(worker.mark);
  });

  testWith(
    `${shell.join(" ")} kills a group at once without a grace period`,
    options,
    async () => {
      const worker = await startWorker("trap '' TERM");
      const { code, lines } = await terminate(shell, { worker, grace: 0 });
      assertEquals([code, ...lines], [0, "TERM", "CONT", "KILL"]);
      await worker.child.status;
      assertNoneLeft(worker.mark);
    },
  );

  testWith(`${shell.join(" ")} finds processes by their environment`, options, async () => {
    const workers = [await startWorker(":"), await startWorker(":"), await startWorker(":")];
    const [first, second] = workers.map(({ mark }) => `EXECUTOR_TEST_MARK=${mark}`);
    const [command = "", ...args] = shell;
    const { stdout } = await new Deno.Command(command, {
      args: [
        ...args,
        "-c",
        `${SEARCH} executor_find "$1"`,
        "sh",
        `${first}\n${second}`,
      ],
    }).output();
    const found = new TextDecoder().decode(stdout).trim().split("\n").map(Number);
    for (const { child } of workers.slice(0, 2)) assert(found.includes(child.pid));
    assert(!found.includes(workers[2]!.child.pid));
    for (const { child, mark } of workers) {
      Deno.kill(-child.pid, "SIGKILL");
      await child.status;
      await until(() => processesWith(mark).length === 0, "it is gone");
    }
  });
}
