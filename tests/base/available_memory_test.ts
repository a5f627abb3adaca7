// Available memory, from made-up files of /proc and of control groups.
import { assert, assertEquals } from "@std/assert";
import { availableMemory } from "../../src/base/available_memory.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";

const KB = 1024;

/** Writes files below a new folder, and returns what is available by them. */
async function availableBy(files: Record<string, string>): Promise<number | undefined> {
  const root = await Deno.makeTempDir();
  for (const [path, text] of Object.entries(files)) {
    const file = `${root}/${path}`;
    await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(file, text);
  }
  const places = { proc: `${root}/proc`, groups: `${root}/groups`, mayRead: () => true };
  return availableMemory(places);
}

const MEMINFO = { "proc/meminfo": "MemTotal:  9000 kB\nMemAvailable:   5000 kB\n" };

Deno.test("what the system has available counts if no group limits it", async () => {
  assertEquals(await availableBy(MEMINFO), 5000 * KB);
  const unlimited = { "groups/a/memory.max": "max\n", "groups/a/memory.current": "7\n" };
  assertEquals(
    await availableBy({ ...MEMINFO, "proc/self/cgroup": "0::/a\n", ...unlimited }),
    5000 * KB,
  );
});

Deno.test("a group (v2) has less, and its cached files do not count (a made-up tree)", async () => {
  const group = {
    "proc/self/cgroup": "0::/a/b\n",
    "groups/a/b/memory.max": "3000\n",
    "groups/a/b/memory.current": "2500\n",
    "groups/a/b/memory.stat": "anon 1\ninactive_file 400\n",
  };
  assertEquals(await availableBy({ ...MEMINFO, ...group }), 900);
});

Deno.test("a group (v1) has less (a made-up tree)", async () => {
  const group = {
    "proc/self/cgroup": "4:cpu,memory:/a\n0::/\n",
    "groups/memory/a/memory.limit_in_bytes": "3000\n",
    "groups/memory/a/memory.usage_in_bytes": "3500\n",
  };
  assertEquals(await availableBy({ ...MEMINFO, ...group }), 0);
});

Deno.test("nothing is known without the file of the system", async () => {
  assertEquals(await availableBy({}), undefined);
});

testWith("this system tells", needs(LINUX), () => {
  const available = availableMemory();
  assert(available !== undefined && available > 2 ** 20, `${available}`);
});
