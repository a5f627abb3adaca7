import { assertEquals } from "@std/assert";
import { countIds, expandCounts, expandHosts } from "../../../src/launchers/slurm/host_list.ts";

const NAMES: [list: string, names: string[]][] = [
  ["", []],
  ["n1", ["n1"]],
  ["n1,login-2", ["n1", "login-2"]],
  ["n[1-3]", ["n1", "n2", "n3"]],
  ["n[1-2,5],m1", ["n1", "n2", "n5", "m1"]],
  ["n[008-011]", ["n008", "n009", "n010", "n011"]],
  ["rack[1-2]-n[3-4]", ["rack1-n3", "rack1-n4", "rack2-n3", "rack2-n4"]],
  ["n[1-2].example.org,x", ["n1.example.org", "n2.example.org", "x"]],
];

for (const [list, names] of NAMES) {
  Deno.test(`the list of nodes "${list}" has these: ${names.join(", ") || "none"}`, () => {
    assertEquals(expandHosts(list), names);
  });
}

Deno.test("numbers per node are written with how often they come", () => {
  assertEquals(expandCounts(""), []);
  assertEquals(expandCounts("8"), [8]);
  assertEquals(expandCounts("8(x3),4"), [8, 8, 8, 4]);
});

Deno.test("ids of CPUs are counted", () => {
  assertEquals(countIds("0"), 1);
  assertEquals(countIds("0-7"), 8);
  assertEquals(countIds("0-3,8,10-11"), 7);
  assertEquals(countIds("(null)"), 0);
});
