import { assertEquals } from "@std/assert";
import { MemoryLimits } from "../../src/base/memory_limits.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { withFolder } from "../helpers/journal.ts";

/** Makes a tree of control groups, which stands for one of the kernel. */
async function limitsIn(
  folder: string,
  { list, files }: { list: string; files: Readonly<Record<string, string>> },
): Promise<MemoryLimits> {
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${folder}/${path}`, text);
  }
  await Deno.writeTextFile(`${folder}/list`, list);
  return new MemoryLimits({ list: `${folder}/list`, root: folder });
}

testWith(
  "the room in a made-up group of version 2 leaves out pages that can go",
  needs(LINUX),
  async () => {
    await withFolder(async (folder) => {
      const limits = await limitsIn(folder, {
        list: "0::/slice/job\n",
        files: {
          "slice/memory.max": "max\n",
          "slice/job/memory.max": "1000\n",
          "slice/job/memory.current": "700\n",
          "slice/job/memory.stat": "anon 300\nactive_file 50\ninactive_file 200\n",
        },
      });
      assertEquals([limits.least, limits.room()], [1_000, 500]);
    });
  },
);

testWith("the least room of all groups around this one counts", needs(LINUX), async () => {
  await withFolder(async (folder) => {
    const limits = await limitsIn(folder, {
      list: "0::/slice/job\n",
      files: {
        "slice/memory.max": "400\n",
        "slice/memory.current": "390\n",
        "slice/job/memory.max": "1000\n",
        "slice/job/memory.current": "100\n",
      },
    });
    assertEquals([limits.least, limits.room()], [400, 10]);
  });
});

testWith(
  "a made-up group of version 1 is read, and one without a limit is none",
  needs(LINUX),
  async () => {
    await withFolder(async (folder) => {
      const limits = await limitsIn(folder, {
        list: "5:cpu,cpuacct:/x\n4:memory:/job\n0::/\n",
        files: {
          "memory/memory.limit_in_bytes": "9223372036854771712\n",
          "memory/job/memory.limit_in_bytes": "1000\n",
          "memory/job/memory.usage_in_bytes": "600\n",
          "memory/job/memory.stat": "total_inactive_file 100\n",
        },
      });
      assertEquals([limits.least, limits.room()], [1_000, 500]);
    });
  },
);

testWith("groups of version 2 beside those of version 1 count, too", needs(LINUX), async () => {
  await withFolder(async (folder) => {
    const limits = await limitsIn(folder, {
      list: "4:cpu:/\n0::/job\n",
      files: { "unified/job/memory.max": "900\n", "unified/job/memory.current": "950\n" },
    });
    assertEquals([limits.least, limits.room()], [900, 0]);
  });
});

testWith(
  "a path of version 1 that is not in this container stands for its root",
  needs(LINUX),
  async () => {
    await withFolder(async (folder) => {
      const limits = await limitsIn(folder, {
        list: "4:cpu,memory:/docker/1234\n",
        files: {
          "memory/memory.limit_in_bytes": "900\n",
          "memory/memory.usage_in_bytes": "300\n",
        },
      });
      assertEquals([limits.least, limits.room()], [900, 600]);
    });
  },
);

testWith("there is no limit without groups", needs(LINUX), async () => {
  await withFolder(async (folder) => {
    const limits = await limitsIn(folder, { list: "", files: {} });
    assertEquals([limits.least, limits.room()], [Infinity, Infinity]);
  });
});
