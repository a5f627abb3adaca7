// Files and directories that the options name: streams, and places that would be lost in each other.
import { assertEquals, assertMatch } from "@std/assert";
import { runBash } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";

const onLinux = needs(LINUX);

Deno.test("- is never a file: it is refused, with what to use", async () => {
  await withFolder(async (folder) => {
    const cases: [option: string, words: string][] = [
      ["--journal", "a file: .* (name a file, or ./- for that name)"],
      ["--report", "a file: .* (name a file, or ./- for that name)"],
      ["--events", "a file: .* (use --reporter jsonl to print the events on stdout, or ./-"],
      ["--results", "a directory: .* (use --output ordered to print the output on stdout, or ./-"],
      ["--log-dir", "a directory: .* (name a directory, or ./- for that name)"],
    ];
    for (const [option, words] of cases) {
      for (const form of [`${option} -`, `${option}=-`]) {
        const { code, stderr } = await runBash(
          `cd ${folder}; X -n 1 --reporter quiet ${form} -- touch ran`,
        );
        assertEquals([code, Array.from(Deno.readDirSync(folder))], [2, []], form);
        const pattern = words.replace(/[()]/g, "\\$&");
        assertMatch(stderr, new RegExp(`^executor: ${option} must be ${pattern}`));
      }
    }
    const named = await runBash(
      `cd ${folder}; X -n 1 --reporter quiet --events ./- -- true; echo $?; ls`,
    );
    assertEquals([named.stdout, named.stderr], ["0\n-\n", ""]);
  });
});

/** Arguments that name the same place, and the sentence. */
const SAME: [args: string, words: string][] = [
  ["--events x --report x", "--report must not be the file of --events"],
  ["--events ./x --report x", "--report must not be the file of --events"],
  ["--journal new --report sub/../new", "--report must not be the file of --journal"],
  ["--journal link --events target", "--events must not be the file of --journal"],
  ["--journal dangling --events nowhere", "--events must not be the file of --journal"],
  ["--journal hard --events file", "--events must not be the file of --journal"],
  ["--journal sublink/x --events sub/x", "--events must not be the file of --journal"],
  ["--journal list", "--journal must not be the file of --items"],
  ["--events list", "--events must not be the file of --items"],
  ["--report list", "--report must not be the file of --items"],
  ["--order longest:target --report link", "--report must not be the file of --order"],
  ["--order longest:target --joblog target", "--joblog must not be the file of --order"],
  ["--order longest:target --events target", "--events must not be the file of --order"],
  ["--serve --token-file list --report list", "--report must not be the file of --token-file"],
  [
    "--launcher ssh --hosts @list --joblog list",
    "--joblog must not be the file of --hosts",
  ],
  ["--results sub --log-dir sub/", "--log-dir must not be the directory of --results"],
  ["--results new --report new", "--results must not be the file of --report"],
  ["--results new --journal new/j", "--journal must not be in the directory of --results"],
  ["--results new --events new/a/j", "--events must not be in the directory of --results"],
  ["--results new --report ./new/r", "--report must not be in the directory of --results"],
  ["--results new --log-dir new/logs", "--log-dir must not be in the directory of --results"],
];

testWith(
  "two options that name the same place are refused, and nothing is touched",
  onLinux,
  async () => {
    await withFolder(async (folder) => {
      await runBash(`cd ${folder}; mkdir sub; ln -s sub sublink; echo a >list; echo b >target
      ln -s target link; ln -s nowhere dangling; echo c >file; ln file hard`);
      const look = () => runBash(`cd ${folder}; ls; cat list target file; ls sub`);
      const before = await look();
      for (const [args, words] of SAME) {
        const { code, stderr } = await runBash(
          `cd ${folder}; X --items list --reporter quiet ${args} -- touch ran`,
        );
        assertEquals([code, await look()], [2, before], args);
        assertMatch(stderr, new RegExp(`^executor: ${words}.*: current value is`), args);
      }
    });
  },
);

Deno.test("a resumed run may go by the times of its own journal", async () => {
  await withFolder(async (folder) => {
    const { stdout } = await runBash(
      `cd ${folder}; X --journal j --reporter quiet -- true ::: a
       X --journal ./j --resume --order longest:j --reporter quiet -- true ::: a b; echo $?`,
    );
    assertEquals(stdout, "0\n");
  });
});

testWith("an option that names the file of a standard stream is refused", onLinux, async () => {
  await withFolder(async (folder) => {
    const cases = [
      [`--events out >out`, "--events must not be the file of standard output"],
      [`--journal out --output live >>out`, "--journal must not be the file of standard output"],
      [`--report err 2>err`, "--report must not be the file of standard error"],
      [`--events list --items - <list`, "--events must not be the file of standard input"],
    ];
    for (const [args, words] of cases) {
      const { code } = await runBash(
        `cd ${folder}; echo a >list; touch err; exec 5>&2; X -n 1 --reporter quiet -- true; X ${
          args!.includes("items") ? "" : "-n 1"
        } --reporter quiet ${args!.replace(/ ([<>2].*)$/, " -- true $1")}`,
      );
      assertEquals(code, 2, words);
      assertEquals(await Deno.readTextFile(`${folder}/list`), "a\n");
    }
  });
});

testWith(
  "devices may be named twice, and results may be in the directory of logs",
  onLinux,
  async () => {
    await withFolder(async (folder) => {
      const { code, stderr } = await runBash(
        `cd ${folder}; X -n 1 --reporter quiet --events /dev/null --report /dev/null \
       --log-dir out --results out/results -- true`,
      );
      assertEquals([code, stderr], [0, ""]);
    });
  },
);
