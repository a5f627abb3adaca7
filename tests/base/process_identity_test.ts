// A process is told from another one that got its id, on this machine or elsewhere.
import { assertEquals } from "@std/assert";
import {
  LivingProcesses,
  ownIdentity,
  type ProcessIdentity,
  type ProcessLife,
} from "../../src/base/process_identity.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { succeeds } from "../helpers/programs.ts";

const onLinux = needs(LINUX);
const MODULE = new URL("../../src/base/process_identity.ts", import.meta.url).href;

Deno.test("this process lives", () => {
  assertEquals(new LivingProcesses().lifeOf(ownIdentity()), "alive");
});

const OTHER_BOOT = "00000000-0000-0000-0000-000000000000";
const ROWS: [title: string, change: Partial<ProcessIdentity>, life: ProcessLife][] = [
  ["its id was used again", { startTicks: 1 }, "gone"],
  ["the machine was restarted since", { bootId: OTHER_BOOT }, "gone"],
  ["it is on another machine", { bootId: OTHER_BOOT, host: "other" }, "unseen"],
  ["its name was changed", { host: "other" }, "alive"],
  ["only its id is known", { startTicks: undefined, bootId: undefined }, "alive"],
  [
    "only its id and another machine are known",
    { startTicks: undefined, bootId: undefined, host: "other" },
    "unseen",
  ],
  [
    "only an id is known that no process has",
    { pid: 2 ** 22 + 1, startTicks: undefined, bootId: undefined },
    "gone",
  ],
];

for (const [title, change, life] of ROWS) {
  testWith(`a process is ${life}: ${title}`, onLinux, () => {
    assertEquals(new LivingProcesses().lifeOf({ ...ownIdentity(), ...change }), life);
  });
}

/** Starts a process that prints its identity and waits, behind other words of a command line. */
async function startProcess(words: string[]): Promise<{
  identity: ProcessIdentity;
  end: () => Promise<void>;
}> {
  const code = `import { ownIdentity } from "${MODULE}";
    console.log(JSON.stringify(ownIdentity()));
    await Deno.stdin.read(new Uint8Array(1));`;
  const [command, ...args] = [...words, Deno.execPath(), "eval", code];
  const child = new Deno.Command(command!, { args, stdin: "piped", stdout: "piped" }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  await reader.cancel();
  return {
    identity: JSON.parse(value),
    end: async () => {
      await child.stdin.close();
      await child.status;
    },
  };
}

testWith("another process is alive until it has ended", onLinux, async () => {
  const { identity, end } = await startProcess([]);
  assertEquals(new LivingProcesses().lifeOf(identity), "alive");
  await end();
  assertEquals(new LivingProcesses().lifeOf(identity), "gone");
});

const CONTAINER = ["unshare", "--pid", "--fork", "--mount-proc", "--uts"];
const inContainers = needs("unshare", {
  name: "the right to make a container",
  isMet: succeeds(CONTAINER[0]!, [...CONTAINER.slice(1), "true"]),
});

testWith("a process in a container is seen from outside", inContainers, async () => {
  const { identity, end } = await startProcess(CONTAINER);
  assertEquals(new LivingProcesses().lifeOf(identity), "alive");
  await end();
  assertEquals(new LivingProcesses().lifeOf(identity), "gone");
});

testWith("a process outside of a container is not seen from within", inContainers, () => {
  const code = `import { LivingProcesses } from "${MODULE}";
    console.log(new LivingProcesses().lifeOf(${JSON.stringify(ownIdentity())}));`;
  const [command, ...args] = [...CONTAINER, Deno.execPath(), "eval", code];
  const { stdout } = new Deno.Command(command!, { args }).outputSync();
  assertEquals(new TextDecoder().decode(stdout), "unseen\n");
});

testWith("no fact about a process is asked for", onLinux, () => {
  for (const permissions of [[], ["--allow-read"], ["--allow-read=/tmp", "--allow-run"]]) {
    const code = `import { LivingProcesses, ownIdentity } from "${MODULE}";
      console.log(new LivingProcesses().lifeOf(ownIdentity()));`;
    const path = Deno.makeTempFileSync({ suffix: ".ts" });
    try {
      Deno.writeTextFileSync(path, code);
      const { stdout, stderr } = new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--no-prompt", ...permissions, path],
        env: { NO_COLOR: "1" },
      }).outputSync();
      const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      assertEquals(text, permissions.includes("--allow-run") ? "alive\n" : "unseen\n");
    } finally {
      Deno.removeSync(path);
    }
  }
});
