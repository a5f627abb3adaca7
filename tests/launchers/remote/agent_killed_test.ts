// Shells of an agent that are killed, as by an administrator: the others notice, and do not leave the worker alone.
import { assert, assertMatch } from "@std/assert";
import { converse, inEachShell } from "../../helpers/agent.ts";
import { withFolder } from "../../helpers/journal.ts";
import { LINUX } from "../../helpers/needs.ts";
import { childrenOf, isAlive, killIfThere, until } from "../../helpers/processes.ts";

/** Says its process id; SIGTERM does not end it. */
const SCRIPT =
  "trap '' TERM; echo works $$; i=0; while [ $i -lt 200 ]; do sleep 0.1; i=$((i + 1)); done";

/** The shells of an agent whose worker is at work. */
function shellsOf(agent: number) {
  const [waiter = 0, reader = 0] = childrenOf(agent);
  const [clock = 0] = childrenOf(waiter);
  assert(waiter > 0 && reader > 0 && clock > 0, "a shell of the agent is not there");
  return { waiter, reader, clock };
}

/** Kills a shell of the agent, and waits until its parent has noticed that. */
const kill = (which: "waiter" | "reader" | "clock") => async (agent: number) => {
  const shells = shellsOf(agent);
  const siblings = () => childrenOf(which === "clock" ? shells.waiter : agent);
  Deno.kill(shells[which], "SIGKILL");
  await until(() => !siblings().includes(shells[which]), "it is gone");
};

/** Waits until the agent has ended by itself. */
async function ended(agent: number): Promise<void> {
  const shells = [agent, ...childrenOf(agent)];
  try {
    await until(() => !isAlive(agent), "the agent has ended");
  } catch (error) {
    shells.forEach(killIfThere);
    throw error;
  }
}

for (const which of ["waiter", "reader"] as const) {
  inEachShell(`the worker ends if the ${which} of the agent is killed`, async (shell) => {
    const words = [/^works \d+$/m, kill(which), ended];
    const { text } = await converse(shell, { lease: 60_000, words, script: SCRIPT });
    const worker = Number(/^works (\d+)$/m.exec(text)![1]);
    // Its exit code is not known: the executor counts an agent without this frame as lost.
    assert(!text.includes(" EXIT "), text);
    await until(() => !isAlive(worker), "the worker is gone");
  }, [LINUX]);
}

const WITHOUT_CLOCK: [what: string, word: string, reason: string][] = [
  ["the executor says something", "PING\n", "lease"],
  ["the connection is closed", "end", "gone"],
];

for (const [what, word, reason] of WITHOUT_CLOCK) {
  inEachShell(
    `the worker ends if the clock of the agent was killed, and ${what}`,
    async (shell) => {
      const words = [/^works \d+$/m, kill("clock"), word, ended];
      const { text } = await converse(shell, { lease: 60_000, words, script: SCRIPT });
      assertMatch(text, new RegExp(` EXIT signal KILL ${reason} gone `));
    },
    [LINUX],
  );
}

inEachShell(
  "an agent without its clock and its waiter ends when the connection is closed",
  async (shell) => {
    const both = async (agent: number) => {
      const { waiter, clock } = shellsOf(agent);
      for (const pid of [clock, waiter]) killIfThere(pid);
      await until(() => !childrenOf(agent).includes(waiter), "it is gone");
    };
    const words = [/^works \d+$/m, both, "end", ended];
    const { text } = await converse(shell, { lease: 60_000, words, script: SCRIPT });
    const worker = Number(/^works (\d+)$/m.exec(text)![1]);
    await until(() => !isAlive(worker), "the worker is gone");
  },
  [LINUX],
);

inEachShell("what a worker leaves on purpose outlives the shells of its agent", async (shell) => {
  await withFolder(async (folder) => {
    const go = `${folder}/go`;
    const script = `setsid tail -f /dev/null >/dev/null 2>&1 & echo works $!
      until [ -e ${go} ]; do sleep 0.05; done`;
    const shells: number[] = [];
    const note = async (agent: number) => {
      shells.push(...Object.values(shellsOf(agent)));
      await Deno.writeTextFile(go, "");
    };
    const words = [/^works \d+$/m, note];
    const { text } = await converse(shell, { lease: 60_000, words, script });
    const left = Number(/^works (\d+)$/m.exec(text)![1]);
    try {
      assertMatch(text, / EXIT code 0 /);
      await until(() => !shells.some(isAlive), "the agent is gone");
      assert(isAlive(left), "it was ended");
    } finally {
      killIfThere(left);
    }
  });
}, [LINUX]);

inEachShell(
  "the end of a worker is told, though its agent could not read for long",
  async (shell) => {
    const script = "echo works; sleep 3; exit 3";
    let reader = 0;
    const stop = (agent: number) => {
      reader = shellsOf(agent).reader;
      Deno.kill(reader, "SIGSTOP");
    };
    const words = [/^works$/m, stop, 4_000, () => Deno.kill(reader, "SIGCONT")];
    const { text } = await converse(shell, { lease: 60_000, words, script });
    assertMatch(text, / EXIT code 3 - gone /);
  },
  [LINUX],
);
