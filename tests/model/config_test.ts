import { ConfigError, SubprocessExecutor, type TaskConfig } from "@lambdawaker/executor";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CONFIG_OPTIONS } from "../../src/model/config_options.ts";
import { resolveConfig } from "../../src/model/resolve_config.ts";

type Case = [field: string, value: unknown, wanted: string];

const CASES: Case[] = [
  [
    "totalItems",
    undefined,
    "totalItems must be a non-negative integer: current value is undefined",
  ],
  [
    "totalItems",
    "10",
    'totalItems must be a non-negative integer: current value is "10"',
  ],
  ["totalItems", -1, "totalItems must be a non-negative integer: current value is -1"],
  ["totalItems", 1.5, "current value is 1.5"],
  ["totalItems", NaN, "current value is NaN"],
  ["totalItems", 2 ** 53, "current value is 9007199254740992"],
  ["logDir", "", 'logDir must be a path or a file URL: current value is ""'],
  ["logDir", 3, "logDir must be a path or a file URL: current value is 3"],
  ["logDir", "a\0b\r", 'logDir must be a path or a file URL: current value is "a\\0b\\r"'],
  ["logDir", "a\udce9", 'logDir must be a path or a file URL: current value is "a\\xe9"'],
  ["results", "a\ud800", 'results must be a path or a file URL: current value is "a\\ud800"'],
  [
    "results",
    new URL("file:///a%e9"),
    'results must be a path or a file URL: current value is "file:///a%e9" (Cannot use a URL as a path as it is not UTF-8',
  ],
  ["results", new URL("file:///a%00"), "as a path as it contains a NUL"],
  ["results", "", 'results must be a path or a file URL: current value is ""'],
  ["results", 3, "results must be a path or a file URL: current value is 3"],
  ["numWorkers", 0, "numWorkers must be a positive integer: current value is 0"],
  ["maxRetries", -1, "maxRetries must be a non-negative integer"],
  ["gridCols", 0, "gridCols must be a positive integer"],
  ["chunkSize", 0, "chunkSize must be a positive integer"],
  [
    "retryDelay",
    -1,
    "retryDelay.initial must be a number of milliseconds from 0 to 864000000000",
  ],
  ["retryDelay", { factor: 0.5 }, "retryDelay.factor must be a number of at least 1"],
  ["retryDelay", { jitter: 2 }, "retryDelay.jitter must be a number from 0 to 1"],
  [
    "retryDelay",
    { first: 2 },
    "retryDelay.first must be left out: current value is 2 (there is no such field: use initial",
  ],
  ["retryDelay", "1s", 'retryDelay must be an object: current value is "1s"'],
  [
    "retryFrom",
    "middle",
    'retryFrom must be "start" or "checkpoint": current value is "middle"',
  ],
  ["strict", "yes", "strict must be a boolean"],
  ["timeout", 0, "timeout must be a number of milliseconds from 1 to 864000000000"],
  ["timeout", Infinity, "timeout must be"],
  ["stallTimeout", 0, "stallTimeout must be"],
  ["runTimeout", "1h", "runTimeout must be"],
  ["gracePeriod", 10_001 * 86_400_000, "gracePeriod must be"],
  [
    "haltOn",
    { failures: 0, how: "drain" },
    "haltOn.failures must be a positive integer",
  ],
  ["haltOn", { failures: 1, how: "stop" }, 'haltOn.how must be "drain" or "kill"'],
  ["slowAfter", 1, "slowAfter must be a number of more than 1: current value is 1"],
  ["slowAfter", "2", "slowAfter must be a number of more than 1"],
  ["killSlow", true, "killSlow must be used with slowAfter and maxRetries of 1 or more"],
  ["isolate", true, "isolate must be used with maxRetries of 1 or more"],
  ["isolate", 1, "isolate must be a boolean"],
  ["items", "abc", 'items must be an iterable of strings: current value is "abc"'],
  ["stdin", true, 'stdin must be "lines" or "nul": current value is true'],
  ["items", 3, "items must be an iterable of strings: current value is 3"],
  ["protocol", {}, "protocol must be a function that makes a handler"],
  ["haltOn", 3, "haltOn must be an object"],
  ["numWorkers", null, "numWorkers must be a positive integer: current value is null"],
  ["retryDelay", null, "retryDelay must be an object: current value is null"],
  ["haltOn", null, "haltOn must be an object: current value is null"],
  [
    "maxRetry",
    3,
    "maxRetry must be left out: current value is 3 (there is no such field: use totalItems, items, chunkSize",
  ],
];

for (const [field, value, wanted] of CASES) {
  Deno.test(`a config with ${field} ${Deno.inspect(value)} is refused`, () => {
    const config = { totalItems: 10, [field]: value } as unknown as TaskConfig;
    const create = () => new SubprocessExecutor(config, () => ["true"]);
    const error = assertThrows(create, ConfigError, wanted);
    assertEquals(error.field.split(".")[0], field);
  });
}

Deno.test("getCommand that is no function is refused", () => {
  const getCommand = ["true"] as unknown as () => string[];
  assertThrows(
    () => new SubprocessExecutor({ totalItems: 1 }, getCommand),
    ConfigError,
    "getCommand must be a function",
  );
});

Deno.test("the documented defaults of a config are those of the table of options", async () => {
  const source = await Deno.readTextFile(
    new URL("../../src/model/config.ts", import.meta.url),
  );
  const documented = new Map<string, string>();
  const config = source.slice(source.indexOf("export interface TaskConfig"));
  for (const [, text, field] of config.matchAll(/@default \{(.*)\}\n\s+\*\/\n\s+(\w+)\?:/g)) {
    documented.set(field!, text!);
  }
  let compared = 0;
  for (const [field, option] of Object.entries(CONFIG_OPTIONS)) {
    if (!("default" in option)) continue;
    const resolved: Record<string, unknown> = { ...resolveConfig({ totalItems: 1 }) };
    assertEquals(documented.get(field), Deno.inspect(resolved[field]), field);
    compared++;
  }
  assert(compared > 5);
});

Deno.test("a config that says little is completed", () => {
  const resolved = resolveConfig({ totalItems: 1e6 });
  const { job, numWorkers, maxRetries, maxLaunchFailures, retryDelay, gracePeriod } = resolved;
  const workers = navigator.hardwareConcurrency;
  assertEquals(job, {
    kind: "counted",
    totalItems: 1e6,
    split: { parts: workers },
    ranges: workers,
  });
  assertEquals({ numWorkers, maxRetries, maxLaunchFailures, gracePeriod }, {
    numWorkers: workers,
    maxRetries: 0,
    maxLaunchFailures: 20,
    gracePeriod: 10_000,
  });
  assertEquals(retryDelay, { initial: 1000, factor: 2, max: 30_000, jitter: 0.5 });
  for (const [field, option] of Object.entries(CONFIG_OPTIONS)) {
    const isComputed = field === "numWorkers" || field === "maxLaunchFailures";
    if (!(field in resolved) || "default" in option || isComputed) continue;
    assertEquals(resolved[field as keyof typeof resolved], undefined, field);
  }
});

Deno.test("chunkSize auto makes about four ranges per worker, whose sizes differ by one at most", () => {
  const split = (totalItems: number, numWorkers: number) => {
    const { job } = resolveConfig({ totalItems, numWorkers, chunkSize: "auto" });
    return job.kind === "counted" ? [job.split, job.ranges] : undefined;
  };
  assertEquals(split(1000, 8), [{ parts: 32 }, 32]);
  assertEquals(split(10, 4), [{ parts: 16 }, 10]);
  assertEquals(split(0, 4), [{ parts: 16 }, 0]);
  const size = (config: TaskConfig) => {
    const { job } = resolveConfig({ numWorkers: 2, chunkSize: "auto", ...config });
    return job.kind === "items" ? job.chunkSize : undefined;
  };
  assertEquals(size({ items: Array.from({ length: 81 }, String) }), 11);
  assertEquals(size({ items: [] }), 1);
  assertEquals(size({ items: new Set(["a"]).values(), totalItems: 16 }), 2);
  assertThrows(
    () => size({ items: ["a"].values() }),
    ConfigError,
    'chunkSize must be a positive integer, as totalItems is not given and items has no length: current value is "auto"',
  );
});

Deno.test("there are never more workers than ranges", () => {
  assertEquals(resolveConfig({ totalItems: 3, numWorkers: 8 }).numWorkers, 3);
  assertEquals(resolveConfig({ totalItems: 100, chunkSize: 50, numWorkers: 8 }).numWorkers, 2);
  assertEquals(resolveConfig({ totalItems: 0 }).numWorkers, 0);
});

Deno.test("run() rejects for misuse, before anything starts", async () => {
  let asked = 0;
  const executor = new SubprocessExecutor({ totalItems: 1 }, () => {
    asked++;
    return ["true"];
  });
  const none = null as unknown as [];
  await assertRejects(
    () => executor.run(none),
    ConfigError,
    "reporter must be an object with a method report: current value is null",
  );
  await assertRejects(
    () => executor.run([{} as never]),
    ConfigError,
    "reporter must be an object with a method report",
  );
  const signal = {} as AbortSignal;
  await assertRejects(
    () => executor.run([], { signal }),
    ConfigError,
    "signal must be an AbortSignal",
  );
  assertEquals(asked, 0);
});
