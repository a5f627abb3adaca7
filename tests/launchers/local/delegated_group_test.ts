// Control groups (cgroup v2) of workers with a limit of memory, in a made-up tree: they were not tried in a real one.
import { assertEquals } from "@std/assert";
import { DelegatedGroups } from "../../../src/launchers/local/delegated_group.ts";

/** Makes a tree in which this process is in the group `own`. `at` is the folder that has other groups with memory. */
async function madeUpTree({ own, at }: { own: string; at?: string }) {
  const base = await Deno.makeTempDir();
  const root = `${base}/groups`;
  await Deno.mkdir(`${base}/proc/self`, { recursive: true });
  await Deno.writeTextFile(`${base}/proc/self/cgroup`, `0::${own}\n`);
  await Deno.mkdir(`${root}${own}`, { recursive: true });
  await Deno.writeTextFile(`${root}${own}/cgroup.subtree_control`, "pids\n");
  if (at !== undefined) {
    await Deno.writeTextFile(`${root}${at}/cgroup.subtree_control`, "cpu memory pids\n");
  }
  const groups = new DelegatedGroups({ proc: `${base}/proc`, root, mayRead: () => true });
  const made = (folder: string) =>
    Array.from(Deno.readDirSync(`${root}${folder}`), ({ name }) => name)
      .filter((name) => name.startsWith("executor-")).map((name) => `${root}${folder}/${name}`);
  return { groups, made };
}

Deno.test("a worker gets a group below the one that was delegated, with its limit (a made-up tree)", async () => {
  const { groups, made } = await madeUpTree({ own: "/unit/main", at: "/unit" });
  const group = groups.enter(4711, 5_000_000);
  const [folder, ...others] = made("/unit");
  assertEquals(others, []);
  const text = (name: string) => Deno.readTextFileSync(`${folder}/${name}`);
  assertEquals([text("memory.max"), text("cgroup.procs")], ["5000000", "4711"]);
  Deno.writeTextFileSync(`${folder}/memory.peak`, "123456\n");
  Deno.writeTextFileSync(`${folder}/cpu.stat`, "usage_usec 1234567\nuser_usec 1\n");
  Deno.writeTextFileSync(`${folder}/memory.events`, "max 3\noom 1\noom_kill 1\n");
  group!.leave();
  assertEquals(group!.used, { cpuSeconds: 1.235, peakRss: 123456 });
  assertEquals(group!.hasKilled, true);
  // In a real tree, the files of a group go with it. Here it looks like one in which processes are left.
  await Deno.remove(folder!, { recursive: true });
  await Deno.mkdir(folder!);
  groups[Symbol.dispose]();
  assertEquals(made("/unit"), []);
});

Deno.test("a kernel that has no memory.peak leaves it to the samples (a made-up tree)", async () => {
  const { groups, made } = await madeUpTree({ own: "/unit", at: "/unit" });
  const group = groups.enter(1, 5_000_000);
  assertEquals(made("/unit").length, 1);
  group!.leave();
  assertEquals([group!.used, group!.hasKilled], [undefined, false]);
});

Deno.test("no group is made where none was delegated (a made-up tree)", async () => {
  const { groups, made } = await madeUpTree({ own: "/unit/main" });
  assertEquals(groups.enter(1, 5_000_000), undefined);
  assertEquals([...made("/unit"), ...made("/unit/main")], []);
});
