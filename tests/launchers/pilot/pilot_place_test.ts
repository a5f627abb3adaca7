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
    launchWithAgent: () => Promise.reject(new Error("no worker is launched")),
  };
  const place = new PilotPlace(node, {
    clock,
    runId: "run",
    gracePeriod: 1_000,
    lease: 2_000,
    deno: undefined,
    window: 262_144,
    warn: () => {},
    onLost: () => Promise.resolve(),
    onNoDeno: (answer) => void found.push(answer.found),
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
  assertEquals([place.isStarting, place.usesAgents, isAlive(pid)], [false, false, false]);
  await place[Symbol.asyncDispose]();
  assertEquals(closed, ["n1"]);
  await Deno.remove(file);
});

/** Answers as a node does that has no Deno of use. */
const shellThatFinds = (found: string) =>
  `printf '\\036${GREETING}\\n'
read -r line
nonce=$(printf %s "$line" | sed "s/.*executor_nonce='\\{0,1\\}\\([0-9a-f]*\\).*/\\1/")
printf '\\036%s NODENO n1 ${found}\\n' "$nonce"`;

testWith("a Deno that is late is tried three times", needs(POSIX), async () => {
  const { place, found } = openPlace(shellThatFinds("late"));
  for (let time = 0; time < 2; time++) {
    const failure = await place.start();
    assertMatch(failure?.reason ?? "", /^n1: Deno has not told its version in time$/);
    assertEquals([place.usesAgents, found], [false, []]);
  }
  assertEquals(await place.start(), undefined);
  assertEquals([place.usesAgents, found], [true, ["late"]]);
  assert(place.isReady);
  await place[Symbol.asyncDispose]();
});

for (const [answer, found] of [["nothing", undefined], ["unusable", "unusable"]] as const) {
  testWith(`Deno is looked for three times if it is ${answer}`, needs(POSIX), async () => {
    const place = openPlace(shellThatFinds(answer));
    const starting = place.place.start();
    for (let looks = 1; looks < 3; looks++) {
      await until(() => place.closed.length === looks, "a shell has answered");
      assertEquals([place.place.usesAgents, place.found], [false, []]);
      await place.clock.advance(999);
      assertEquals(place.closed.length, looks);
      await place.clock.advance(1);
    }
    assertEquals(await starting, undefined);
    assertEquals([place.place.usesAgents, place.found], [true, [found]]);
    await place.place[Symbol.asyncDispose]();
    assertEquals(place.closed.length, 3);
  });
}

testWith("a Deno that is too old is looked for once", needs(POSIX), async () => {
  const { place, found, closed } = openPlace(shellThatFinds("1.40.0"));
  assertEquals(await place.start(), undefined);
  assertEquals([place.usesAgents, found], [true, ["1.40.0"]]);
  await place[Symbol.asyncDispose]();
  assertEquals(closed.length, 1);
});
