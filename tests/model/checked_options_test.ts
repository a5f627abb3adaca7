// What the constructors of the public modules refuse.
import {
  AnsiReporter,
  ConfigError,
  PlainReporter,
  SubprocessExecutor,
} from "@lambdawaker/executor";
import { Journal, readJournal } from "@lambdawaker/executor/journal";
import { SlurmLauncher, SshLauncher } from "@lambdawaker/executor/launchers";
import { LiveOutput, OrderedOutput } from "@lambdawaker/executor/output";
import { PatternProtocol } from "@lambdawaker/executor/protocol";
import { HtmlReporter, JsonlReporter, LivePage } from "@lambdawaker/executor/reporters";
import { assertEquals, assertThrows } from "@std/assert";

/** Calls a constructor or a function with arguments that its types do not allow. */
// deno-lint-ignore no-explicit-any -- the arguments are wrong on purpose
type Wrong = any;

const host = { name: "n1", workers: 2 };
const CASES: [name: string, make: (wrong: Wrong) => unknown, wrong: unknown, message: string][] = [
  ...[AnsiReporter, PlainReporter].flatMap((Reporter): typeof CASES => {
    const make = (options: Wrong) => new Reporter(options);
    const { name } = Reporter;
    return [
      [name, make, { color: "blue" }, 'color must be "auto", "always" or "never"'],
      [name, make, { ascii: "yes" }, 'ascii must be "auto": current value is "yes"'],
      [name, make, { title: 3 }, "title must be a string: current value is 3"],
      [name, make, { clock: {} }, "clock must be an object with a method now"],
      [name, make, { terminal: {} }, "terminal must be an object with a method write"],
      [name, make, { foo: 1 }, "foo must be left out"],
      [name, make, null, "options must be an object: current value is null"],
    ];
  }),
  [
    "AnsiReporter",
    (options) => new AnsiReporter(options),
    { keyboard: {} },
    "keyboard must be an object with a method onKey",
  ],
  [
    "AnsiReporter",
    (options) => new AnsiReporter(options),
    { showLog: 1 },
    "showLog must be a boolean",
  ],
  [
    "JsonlReporter",
    (options) => new JsonlReporter(options),
    { terminal: 3 },
    "terminal must be an object with a method write",
  ],
  [
    "LivePage",
    (options) => new LivePage(options),
    { address: { hostname: "127.0.0.1", port: 70_000 } },
    "address must be an object { hostname, port } with a port from 0 to 65535",
  ],
  [
    "LivePage",
    (options) => new LivePage(options),
    { onUrl: "x" },
    "onUrl must be a function",
  ],
  ...["", 5, undefined, "a\0b", new URL("http://x/")].flatMap((path): typeof CASES => {
    const message = "path must be a path or a file URL: current value is";
    return [
      ["Journal", (path) => new Journal(path), path, message],
      ["readJournal()", (path) => Array.from(readJournal(path)), path, message],
      ["HtmlReporter", (path) => new HtmlReporter(path), path, message],
    ];
  }),
  [
    "Journal",
    (options) => new Journal("x", options),
    { resum: true },
    "resum must be left out",
  ],
  [
    "Journal",
    (options) => new Journal("x", options),
    { resume: "no" },
    "resume must be a boolean",
  ],
  [
    "HtmlReporter",
    (options) => new HtmlReporter("x", options),
    { titel: "x" },
    "titel must be left out",
  ],
  ...[OrderedOutput, LiveOutput].flatMap((Output): typeof CASES => {
    const make = (options: Wrong) => new Output(options);
    return [
      [Output.name, make, { write: 3 }, "write must be a function"],
      [Output.name, make, { maxMemory: NaN }, "maxMemory must be a non-negative integer"],
      [Output.name, make, { maxMemroy: 3 }, "maxMemroy must be left out"],
    ];
  }),
  [
    "LiveOutput",
    (options) => new LiveOutput(options),
    { tag: "x" },
    "tag must be a function",
  ],
  [
    "SshLauncher",
    (options) => new SshLauncher(options),
    undefined,
    "options must be an object: current value is undefined",
  ],
  ...[undefined, [], "n1:2"].map((hosts): typeof CASES[number] => [
    "SshLauncher",
    (options) => new SshLauncher(options),
    { hosts },
    "hosts must be a list of { name, workers } that is not empty",
  ]),
  ...[{ name: "-oProxyCommand=x", workers: 1 }, { name: "n1", workers: 0 }, "n1:2", null].map(
    (host): typeof CASES[number] => [
      "SshLauncher",
      (options) => new SshLauncher(options),
      { hosts: [host] },
      "hosts must be a list of { name, workers }",
    ],
  ),
  [
    "SshLauncher",
    (options) => new SshLauncher(options),
    { hosts: [host], lease: 1_000 },
    "lease must be a number of milliseconds from 2000 to 864000000000: current value is 1000",
  ],
  [
    "SshLauncher",
    (options) => new SshLauncher(options),
    { hosts: [host], args: [3] },
    "args must be a string",
  ],
  [
    "SlurmLauncher",
    (options) => new SlurmLauncher(options),
    { queue: true, args: "x" },
    "args must be a list",
  ],
  [
    "SlurmLauncher",
    (options) => new SlurmLauncher(options),
    { qeue: true },
    "qeue must be left out",
  ],
  ...["x", undefined, [], ["(?<done>.)"], /x/].map((patterns): typeof CASES[number] => [
    "PatternProtocol",
    (patterns) => new PatternProtocol(patterns),
    patterns,
    "patterns must be regular expressions with a group",
  ]),
];

for (const [name, make, wrong, message] of CASES) {
  Deno.test(`${name} refuses ${Deno.inspect(wrong)}`, () => {
    const error = assertThrows(() => make(wrong), ConfigError, message);
    assertEquals(message.startsWith(error.field), true, error.field);
  });
}

Deno.test("a SlurmLauncher without an allocation names the field that it misses", () => {
  const error = assertThrows(() => new SlurmLauncher(), ConfigError, "salloc");
  assertEquals(error.field, "launcher");
});

Deno.test("reporters that would write between the frames of a grid are refused", () => {
  const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["true"]);
  for (const other of [new AnsiReporter(), new PlainReporter(), new JsonlReporter()]) {
    assertThrows(
      () => executor.start([new AnsiReporter(), other]),
      ConfigError,
      "reporters must be at most one that writes to stdout, if one of them draws there",
    );
  }
});

Deno.test("reporters that add lines to stdout, or write elsewhere, go together", async () => {
  const terminal = { write: () => Promise.resolve() };
  const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["true"]);
  const reporters = [new PlainReporter({ terminal }), new JsonlReporter({ terminal })];
  assertEquals((await executor.run(reporters, { handleSignals: false })).ok, true);
});
