import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { eventsIn, withFolder } from "../../helpers/journal.ts";
import { until } from "../../helpers/processes.ts";
import { commandOf, descendants, isAlive, signal } from "./process_tree.ts";
import { SshHosts } from "./ssh_hosts.ts";
import { conduct, untilAtWork } from "./ssh_job.ts";
import { inBothWays } from "./ways.ts";
import { assertAllDone, assertNothingCharged } from "./witness.ts";

inBothWays(
  "ssh: the ranges of a host that dies end elsewhere, and are not charged for it",
  async (way) => {
    await using hosts = await SshHosts.up();
    await withFolder(async (folder) => {
      const executor = conduct(hosts, { folder, items: 12, work: "sleep 2", way });
      await untilAtWork(folder, 6);
      await hosts.kill("n2");
      const { code, text } = await executor.end();
      assertEquals(code, 0, text);
      assertAllDone(folder, 12);
      assertNothingCharged(executor.journal);
      const ends = executor.events("attempt-ended");
      assertEquals(ends.filter(({ exit }) => exit?.kind === "lost").length, 3);
    });
  },
);

inBothWays(
  "ssh: with all clients killed, the ranges run again when their workers have ended",
  async (way) => {
    await using hosts = await SshHosts.up();
    await withFolder(async (folder) => {
      const executor = conduct(hosts, { folder, items: 2, work: "sleep 6", way });
      await untilAtWork(folder, 2);
      const clients = descendants(executor.pid).filter((pid) => commandOf(pid) === "ssh");
      assert(clients.length >= 3);
      for (const pid of clients) signal(pid, "SIGKILL");
      const { code, text } = await executor.end();
      assertEquals(code, 0, text);
      assertAllDone(folder, 2);
      assertNothingCharged(executor.journal);
    });
  },
);

inBothWays(
  "ssh: an executor that is killed leaves nothing behind, and --resume finishes",
  async (way) => {
    await using hosts = await SshHosts.up();
    await withFolder(async (folder) => {
      const first = conduct(hosts, { folder, items: 12, work: "sleep 1", way });
      await until(() => first.events("range-ended").length >= 3, "some are done");
      const clients = descendants(first.pid);
      const folders = controlFolders(clients);
      assertEquals(folders.length, 1);
      first.kill("SIGKILL");
      await first.end();
      const second = conduct(hosts, {
        folder,
        items: 12,
        work: "sleep 1",
        args: ["--resume"],
        way,
      });
      const { code, text } = await second.end();
      assertEquals(code, 0, text);
      assertAllDone(folder, 12);
      await until(() => !clients.some(isAlive), "no client is left");
      await assertRejects(() => Deno.stat(folders[0]!), Deno.errors.NotFound);
      assertEquals(eventsIn(second.journal, "range-ended").length, 12);
    });
  },
);

inBothWays(
  "ssh: --resume with other hosts waits until what was left elsewhere has ended",
  async (way) => {
    await using hosts = await SshHosts.up();
    await withFolder(async (folder) => {
      // Whoever ends it must do so by force.
      const work = `trap '' TERM HUP; [ -e "$2/again" ] || sleep 30`;
      const first = conduct(hosts, { folder, items: 6, work, way });
      await untilAtWork(folder, 6);
      await until(() => first.events("spawned").length === 6, "it knows where they are");
      first.kill("SIGKILL");
      await first.end();
      await Deno.writeTextFile(`${folder}/again`, "");
      const second = conduct(hosts, {
        folder,
        items: 6,
        work,
        way,
        args: ["--resume"],
        names: "n1:3",
      });
      const { code, text } = await second.end();
      assertEquals(code, 0, text);
      assertAllDone(folder, 6);
      assertMatch(text, /waits 9 s, as an earlier run may have left workers behind: on n2/);
      const startedAt = second.events("run-started").at(-1)!.t;
      const spawned = second.events("spawned")[6]!;
      assert(spawned.t - startedAt >= 8_000, `${spawned.t - startedAt}`);
    });
  },
);

inBothWays(
  "ssh: a host never has more workers than its number, also when another one is dead",
  async (way) => {
    await using hosts = await SshHosts.up();
    await withFolder(async (folder) => {
      await hosts.kill("n2");
      const work =
        `touch "$2/at-$1"; ls "$2" | grep -c at- >>"$2/counts"; sleep 0.3; rm "$2/at-$1"`;
      const executor = conduct(hosts, { folder, items: 12, work, args: ["-w", "8"], way });
      const { code, text } = await executor.end();
      assertEquals(code, 0, text);
      assertAllDone(folder, 12);
      const counts = Deno.readTextFileSync(`${folder}/counts`).trim().split("\n").map(Number);
      assertEquals(Math.max(...counts), 3);
    });
  },
);

/** The folders that connections have their sockets in. */
function controlFolders(clients: number[]): string[] {
  const found = clients.map(commandLine).map((line) => /\/tmp\/executor-\w+/.exec(line)?.[0]);
  return Array.from(new Set(found.filter((folder) => folder !== undefined)));
}

function commandLine(pid: number): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`);
  } catch {
    // It has ended meanwhile.
    return "";
  }
}
