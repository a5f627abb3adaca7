import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { SshLauncher } from "@lambdawaker/executor/launchers";
import { HostsFile, parseHostLines } from "../../../src/launchers/ssh/hosts_file.ts";
import type { SshHost } from "../../../src/launchers/ssh/hosts.ts";
import { withFolder } from "../../helpers/journal.ts";
import { needs, POSIX, testWith } from "../../helpers/needs.ts";
import { until } from "../../helpers/processes.ts";

Deno.test("a file has a host in each line, comments and blank lines", () => {
  const text = "# the lab\nn1:8\r\n\n  user@n2:4  # slow\n[::1]:2";
  assertEquals(parseHostLines(text), [
    { name: "n1", workers: 8 },
    { name: "user@n2", workers: 4 },
    { name: "::1", workers: 2 },
  ]);
});

const FAULTS: [text: string, fault: string][] = [
  ["", "it has no host"],
  ["# n1:8\n", "it has no host"],
  ["n1:8\nn2\n", 'line 2 must be a host with its workers, not "n2"'],
  ["n1:8,n2:8\n", 'line 1 must be a host with its workers, not "n1:8,n2:8"'],
  ["n1:0\n", 'line 1 must be a host with its workers, not "n1:0"'],
  ["n1:1\n\nn1:2\n", "line 3 has n1 again, which is in line 1"],
];

for (const [text, fault] of FAULTS) {
  Deno.test(`the file ${JSON.stringify(text)} of hosts has a fault`, () => {
    assertThrows(() => parseHostLines(text), SyntaxError, fault);
  });
}

Deno.test("a launcher has its hosts from a list or from a file", async () => {
  await withFolder(async (folder) => {
    const hostsFile = `${folder}/hosts`;
    await Deno.writeTextFile(hostsFile, "n1:3\nn2:4\n");
    assertEquals(new SshLauncher({ hostsFile }).capacity(), 7);
    assertEquals(new SshLauncher({ hostsFile: new URL(`file://${hostsFile}`) }).capacity(), 7);
    const hosts = [{ name: "n1", workers: 1 }];
    assertThrows(() => new SshLauncher({ hosts, hostsFile }), RangeError, "leave one of them out");
    assertThrows(() => new SshLauncher({}), RangeError, "hosts must be a list");
    assertThrows(
      () => new SshLauncher({ hostsFile: `${folder}/none` }),
      RangeError,
      "hostsFile must be a file with a host and its workers in each line, such as n1:8: current " +
        `value is "${folder}/none" (No such file or directory)`,
    );
  });
});

/** Watches a file that has n1:1; returns what was told. */
async function watching(
  test: (file: {
    write: (text: string) => Promise<void>;
    remove: () => Promise<void>;
    path: string;
    told: (SshHost[] | string)[];
  }) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const path = `${folder}/hosts`;
    const write = async (text: string) => {
      await Deno.writeTextFile(`${path}.new`, text);
      await Deno.rename(`${path}.new`, path);
    };
    await write("n1:1\n");
    const told: (SshHost[] | string)[] = [];
    using _watching = HostsFile.open(path).watch({
      onChange: (hosts) => void told.push([...hosts]),
      warn: (text) => void told.push(text),
      interval: 10,
    });
    await test({ write, remove: () => Deno.remove(path), path, told });
  });
}

Deno.test("a file of hosts is read again when it has changed", async () => {
  await watching(async ({ write, told }) => {
    await write("n1:1\nn2:2\n");
    await until(() => told.length === 1, "the new hosts are there");
    // Its hosts are the same.
    await write("n1:1\nn2:2 # two\n");
    await write("n1:1\nn2:3\n");
    await until(() => told.length === 2, "the new number is there");
    assertEquals(told, [
      [{ name: "n1", workers: 1 }, { name: "n2", workers: 2 }],
      [{ name: "n1", workers: 1 }, { name: "n2", workers: 3 }],
    ]);
  });
});

Deno.test("each fault of a file of hosts is warned of once, and the hosts stay", async () => {
  await watching(async ({ write, remove, told }) => {
    await write("n1:one\n");
    await until(() => told.length === 1, "the fault is told");
    await write("n1:one \n");
    await remove();
    await until(() => told.length === 2, "that it is gone is told");
    await write("n1:1\n");
    await write("n3:1\n");
    await until(() => told.length === 3, "the new hosts are there");
    assertMatch(`${told[0]}`, /^the hosts stay as they were, as \/\S+ cannot be used: line 1 /);
    assertMatch(`${told[1]}`, /cannot be used: No such file or directory$/);
    assertEquals(told[2], [{ name: "n3", workers: 1 }]);
  });
});

for (const [what, program] of [["directory", "mkdir"], ["pipe", "mkfifo"]] as const) {
  testWith(
    `a file of hosts that becomes a ${what} is warned of`,
    needs(POSIX, program),
    async () => {
      await watching(async ({ write, remove, path, told }) => {
        await remove();
        await new Deno.Command(program, { args: [path] }).output();
        const isTold = () => told.some((one) => `${one}`.endsWith(": it is no file any more"));
        await until(isTold, "that it is no file is told");
        await Deno.remove(path);
        await write("n2:1\n");
        await until(() => typeof told.at(-1) !== "string", "the new hosts are there");
        assertEquals(told.at(-1), [{ name: "n2", workers: 1 }]);
      });
    },
  );
}
