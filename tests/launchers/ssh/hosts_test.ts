import { assertEquals, assertThrows } from "@std/assert";
import { SshLauncher } from "@lambdawaker/executor/launchers";
import { parseHosts } from "../../../src/launchers/ssh/hosts.ts";

Deno.test("hosts are names with numbers of workers", () => {
  assertEquals(parseHosts("n1:8,user@n2:4, [::1]:2,me@[fe80::1%eth0]:1"), [
    { name: "n1", workers: 8 },
    { name: "user@n2", workers: 4 },
    { name: "::1", workers: 2 },
    { name: "me@fe80::1%eth0", workers: 1 },
  ]);
});

for (
  const wrong of ["", "n1", "n1:", "n1:0", "n1:8,", ":8", "-oProxyCommand=x:1", "::1:2", "a b:1"]
) {
  Deno.test(`"${wrong}" is no list of hosts`, () => {
    assertThrows(() => parseHosts(wrong), RangeError, "such as n1:8,n2:8: current value is");
  });
}

Deno.test("a host that is there twice is refused, as in a file", () => {
  assertThrows(
    () => parseHosts("n1:4,n2:1,n1:4"),
    RangeError,
    'such as n1:8,n2:8: current value is "n1:4,n2:1,n1:4" (n1 is there twice)',
  );
  const hosts = [{ name: "n1", workers: 4 }, { name: "n1", workers: 2 }];
  assertThrows(() => new SshLauncher({ hosts }), RangeError, "(n1 is there twice)");
  assertEquals(parseHosts("a@n1:4,b@n1:4,n1:1").length, 3);
});

Deno.test("a launcher checks its hosts and its lease", () => {
  const hosts = [{ name: "n1", workers: 3 }, { name: "n2", workers: 4 }];
  assertEquals(new SshLauncher({ hosts }).capacity(), 7);
  assertThrows(
    () => new SshLauncher({ hosts: [] }),
    RangeError,
    "hosts must be a list of { name, workers } that is not empty",
  );
  assertThrows(() => new SshLauncher({ hosts: [{ name: "-v", workers: 1 }] }), RangeError);
  assertThrows(() => new SshLauncher({ hosts, lease: 1_999 }), RangeError, "from 2000");
});
