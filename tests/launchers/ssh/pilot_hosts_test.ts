import { assert, assertEquals } from "@std/assert";
import { HostsFile } from "../../../src/launchers/ssh/hosts_file.ts";
import type { SshHost } from "../../../src/launchers/ssh/hosts.ts";
import { SshPilotNodes } from "../../../src/launchers/ssh/pilot_hosts.ts";
import { SshSessions } from "../../../src/launchers/ssh/sessions.ts";
import { withFolder } from "../../helpers/journal.ts";
import { needs, POSIX, testWith } from "../../helpers/needs.ts";
import { until } from "../../helpers/processes.ts";

/** Opens hosts that ssh does not reach, as it gets an argument that it does not know. */
function open(hosts: readonly SshHost[], hostsFile?: HostsFile): SshPilotNodes {
  const sessions = SshSessions.open({
    hosts,
    hostsFile,
    args: ["-o", "NoSuchOption=yes"],
    lease: 2_000,
    gracePeriod: 1_000,
    signal: new AbortController().signal,
    warn: () => {},
  });
  return new SshPilotNodes(sessions);
}

const rooms = (nodes: SshPilotNodes) => nodes.current().map(({ name, workers }) => [name, workers]);

testWith(
  "the nodes of ssh are its hosts, with the users that are given",
  needs(POSIX),
  async () => {
    const hosts = [["n1", 2], ["me@n2", 3], ["you@n2", 4]] as const;
    await using nodes = open(hosts.map(([name, workers]) => ({ name, workers })));
    assertEquals(rooms(nodes), hosts.map((host) => [...host]));
  },
);

testWith("a host that cannot be reached has no client, but a reason", needs("ssh"), async () => {
  await using nodes = open([{ name: "n1", workers: 1 }]);
  const way = await nodes.current()[0]!.connect();
  assert("reason" in way);
  assert(way.reason.startsWith("n1: "), way.reason);
  assert(way.permanent !== true);
});

testWith("a host is the same node for as long as the run goes on", needs(POSIX), async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/hosts`;
    await Deno.writeTextFile(path, "n1:1\nn2:1\n");
    const file = HostsFile.open(path);
    await using nodes = open(file.hosts, file);
    let changes = 0;
    using _listening = nodes.onChange(() => void changes++);
    const [n1, n2] = nodes.current();
    await Deno.writeTextFile(path, "n2:5\n");
    await until(() => changes === 1, "the hosts have changed", { patience: 20_000 });
    assertEquals(rooms(nodes), [["n2", 5]]);
    assert(nodes.current()[0] === n2);
    await Deno.writeTextFile(path, "n1:2\nn2:5\n");
    await until(() => changes === 2, "the host is back", { patience: 20_000 });
    assertEquals(rooms(nodes), [["n1", 2], ["n2", 5]]);
    assert(nodes.current()[0] === n1);
  });
});
