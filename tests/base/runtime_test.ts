import { assertEquals } from "@std/assert";
import { unsupportedRuntime } from "../../src/base/runtime.ts";

const NEEDS = "@lambdawaker/executor needs Deno 2.7 or later: this is";
const CASES: [name: string, runtime: Parameters<typeof unsupportedRuntime>[0], problem?: string][] =
  [
    ["this Deno", undefined],
    ["the oldest Deno", { Deno: { version: { deno: "2.7.0" } } }],
    ["a Deno with two digits", { Deno: { version: { deno: "2.10.1" } } }],
    ["a later Deno", { Deno: { version: { deno: "3.0.0-rc.1" } } }],
    ["an older Deno", { Deno: { version: { deno: "2.6.9" } } }, `${NEEDS} Deno 2.6.9`],
    ["Deno 1", { Deno: { version: { deno: "1.46.3" } } }, `${NEEDS} Deno 1.46.3`],
    ["Node.js", { process: { versions: { node: "22.1.0" } } }, `${NEEDS} Node.js 22.1.0`],
    [
      "Bun",
      { Bun: { version: "1.3.0" }, process: { versions: { node: "24.0.0" } } },
      `${NEEDS} Bun 1.3.0`,
    ],
    ["a browser", {}, `${NEEDS} another runtime`],
  ];

for (const [name, runtime, problem] of CASES) {
  Deno.test(`${name} ${problem === undefined ? "is supported" : "is refused by name"}`, () => {
    assertEquals(unsupportedRuntime(runtime), problem);
  });
}
