import { assert, assertEquals, assertMatch } from "@std/assert";
import type { PilotNode } from "../../../src/launchers/pilot/pilot_node.ts";
import { PilotPlace } from "../../../src/launchers/pilot/pilot_place.ts";
import { GREETING } from "../../../src/launchers/remote/agent.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";
import { needs, POSIX, testWith } from "../../helpers/needs.ts";
import { isAlive, until } from "../../helpers/processes.ts";

/** Opens a place whose node is a script in place of a shell. */
function openPlace(script: string) {
  const clock = new FakeClock();
  const found: (string | undefined)[] = [];
  const closed: string[] = [];
  const node: PilotNode = {
    name: "n1",
    workers: 1,
    connect: () =>
      Promise.resolve({
        client: { command: "sh", args: ["-c", script] },
        [Symbol.dispose]: () => void closed.push("n1"),
      }),
    launchAlone: () => Promise.reject(new Error("no worker is launched")),
  };
  const place = new PilotPlace(node, {
    clock,
    runId: "run",
    gracePeriod: 1_000,
    lease: 2_000,
    deno: undefined,
    warn: () => {},
    onLost: () => Promise.resolve(),
    onAlone: (version) => void found.push(version),
  });
  return { place, clock, found, closed };
}

testWith("a pilot that has not started after five minutes is given up", needs(POSIX), async () => {
  const file = await Deno.makeTempFile();
  const { place, clock, closed } = openPlace(`echo $$ >'${file}'; exec sleep 61`);
  const starting = place.start();
  await until(async () => await Deno.readTextFile(file) !== "", "the client runs");
  const pid = Number(await Deno.readTextFile(file));
  await clock.advance(299_999);
  assertEquals([place.isStarting, place.startingMs, isAlive(pid)], [true, 299_999, true]);
  await clock.advance(1);
  assertEquals(await starting, { reason: "n1: no pilot in 300 seconds" });
  assertEquals([place.isStarting, place.isAlone, isAlive(pid)], [false, false, false]);
  await place[Symbol.asyncDispose]();
  assertEquals(closed, ["n1"]);
  await Deno.remove(file);
});

/** Answers as a node does on which Deno does not tell its version in time. */
const LATE_SHELL = `printf '\\036${GREETING}\\n'
read -r line
nonce=$(printf %s "$line" | sed "s/.*executor_nonce='\\{0,1\\}\\([0-9a-f]*\\).*/\\1/")
printf '\\036%s NODENO n1 late\\n' "$nonce"`;

testWith("a Deno that is late is tried again, and twice is enough", needs(POSIX), async () => {
  const { place, found } = openPlace(LATE_SHELL);
  for (let time = 0; time < 2; time++) {
    const failure = await place.start();
    assertMatch(failure?.reason ?? "", /^n1: Deno has not told its version in time$/);
    assertEquals([place.isAlone, found], [false, []]);
  }
  assertEquals(await place.start(), undefined);
  assertEquals([place.isAlone, found], [true, ["late"]]);
  assert(place.isReady);
  await place[Symbol.asyncDispose]();
});
