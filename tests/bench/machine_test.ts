import { assertEquals, assertMatch } from "@std/assert";
import { describeMachine, drawMachine } from "../../bench/machine.ts";

Deno.test("the description names the machine and the versions of all that take part", async () => {
  const machine = await describeMachine();
  const names = ["Deno", "xargs", "parallel", "Python", "joblib", "rich", "kernel", "processors"];
  assertEquals(Object.keys(machine), names);
  assertMatch(machine.Deno!, new RegExp(`^${Deno.version.deno} `));
  assertMatch(machine.kernel!, new RegExp(Deno.osRelease()));
  for (const name of ["Python", "joblib", "rich"]) {
    assertMatch(machine[name]!, /^(\d+\.\d+.*|missing)$/, name);
  }
});

Deno.test("the description has a line for each part", () => {
  assertEquals(drawMachine({ Deno: "2.9.6", kernel: "linux" }), "Deno    2.9.6\nkernel  linux");
});
