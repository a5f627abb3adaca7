// --tag and --keep-order, beside GNU parallel where that is there.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runBash, runCli } from "../helpers/cli.ts";
import { needs, testWith } from "../helpers/needs.ts";

const QUIET = ["--reporter", "quiet"];
const SCRIPT = `echo "out $0"; echo "err $0" >&2; echo more`;

Deno.test("-k is --output ordered", async () => {
  const worker = ["--", "sh", "-c", "sleep 0.$0; echo $0", "{item}", ":::", "3", "2", "1"];
  for (const flag of ["-k", "--keep-order", "--output=ordered"]) {
    const { code, stdout } = await runCli(["run", flag, "-w", "3", ...QUIET, ...worker]);
    assertEquals([code, stdout], [0, "3\n2\n1\n"]);
  }
  const { code } = await runCli(["run", "-k", "--output", "ordered", ...QUIET, ...worker]);
  assertEquals(code, 0);
  for (const other of ["live", "none"]) {
    const { code, stdout, stderr } = await runCli(["run", "-k", "--output", other, ...worker]);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(
      stderr,
      `same as --output ordered: current value of --output is "${other}"`,
    );
  }
});

testWith("--tag prints what parallel --tag prints", needs("parallel"), async () => {
  const items = `a 'b  c' '*' '$HOME'`;
  const { stdout } = await runBash(
    `X -k --tag ${QUIET.join(" ")} -- sh -c '${SCRIPT}' {} ::: ${items} 2>/dev/null
     echo --; parallel -k --tag -q sh -c '${SCRIPT}' {} ::: ${items} 2>/dev/null`,
  );
  const [ours, theirs] = stdout.split("--\n");
  assertEquals(ours, theirs);
  assertStringIncludes(ours!, "b  c\tout b  c\nb  c\tmore\n");
});

Deno.test("--tag stands in front of each line of both streams", async () => {
  for (const mode of ["ordered", "live"]) {
    const { stdout, stderr } = await runCli(
      ["run", "--tag", "--output", mode, ...QUIET, "--", "sh", "-c", SCRIPT, "{item}", ":::", "a"],
    );
    assertEquals([stdout, stderr], ["a\tout a\na\tmore\n", "a\terr a\n"]);
  }
});

const TEXTS: [title: string, args: string[], tags: string[]][] = [
  ["a text", ["--tag", "T", "-n", "1"], ["T\t"]],
  ["an item", ["--tag", "{item}:", "--items", "-"], ["p/a.b:\t", "c d:\t"]],
  ["a part of it", ["--tag={item.stem}", "--items", "-"], ["a\t", "c d\t"]],
  ["its number", ["--tag", "{index}", "--items", "-"], ["0\t", "1\t"]],
  ["numbers", ["--tag", "{start}-{end}/{total}", "-n", "4", "-c", "2"], ["0-2/4\t", "2-4/4\t"]],
  ["several", ["--tag", "{range} {attempt}", "-n", "2", "-c", "1"], ["0 1\t", "1 1\t"]],
  ["items of a process", ["--tag", "--items", "-", "--per-process", "2"], ["p/a.b c d\t"]],
  ["the same by name", ["--tag", "{items}", "--items", "-", "--per-process", "2"], ["p/a.b c d\t"]],
  ["one number", ["--tag", "-n", "2", "-c", "1"], ["0\t", "1\t"]],
  ["a range of numbers", ["--tag", "-n", "4", "-c", "2"], ["0-1\t", "2-3\t"]],
];

for (const [title, args, tags] of TEXTS) {
  Deno.test(`a tag may be ${title}`, async () => {
    const words = args.map((word) => `'${word}'`).join(" ");
    for (const mode of ["ordered", "live"]) {
      const { code, stdout, stderr } = await runBash(
        `printf 'p/a.b\\nc d\\n' | X ${words} -w 1 --output ${mode} ${
          QUIET.join(" ")
        } -- sh -c 'echo x'`,
      );
      assertEquals([code, stdout, stderr], [0, tags.map((tag) => `${tag}x\n`).join(""), ""]);
    }
  });
}

Deno.test("a line is tagged where it begins, and ends if the worker did not end it", async () => {
  const worker = `printf 'a\\r b'; sleep 0.1; printf 'c\\n\\n'; printf end`;
  const { stdout } = await runCli(
    ["run", "-k", "--tag", ...QUIET, "--", "sh", "-c", worker, "sh", ":::", "1", "2"],
  );
  assertEquals(stdout, "1\ta\r bc\n1\t\n1\tend\n2\ta\r bc\n2\t\n2\tend\n");
});

Deno.test("a tag has no control characters of an item", async () => {
  const item = "a\x1b[31mb\nc\td\x07\x7f\u009b2Je\x1b]0;title\x07f";
  for (const mode of ["ordered", "live"]) {
    for (const tag of [["--tag"], ["--tag", "{item}"], ["--tag", "{item.base}"], []]) {
      if (tag.length === 0 && mode === "ordered") continue;
      const { stdout } = await runCli(
        ["run", ...tag, "--output", mode, ...QUIET, "--", "sh", "-c", "echo x", "sh", ":::", item],
      );
      assertEquals(stdout, "ab c def\tx\n", `${mode} ${tag}`);
    }
  }
});

Deno.test("what is wrong with a tag is told before anything runs", async () => {
  const cases: [args: string[], wanted: RegExp][] = [
    [["--tag"], /--tag needs lines to begin: add --output ordered, --output live or --show-log/],
    [["--tag", "{item}"], /--tag needs lines to begin/],
    [["--tag", "--output", "none"], /--tag needs lines to begin/],
    [["-k", "--tag", "--tag"], /--tag must be given once/],
  ];
  for (const [args, wanted] of cases) {
    const { code, stdout, stderr } = await runCli(["run", ...args, "--", "echo", ":::", "a"]);
    assertEquals([code, stdout], [2, ""]);
    assertMatch(stderr, wanted);
    assert(stderr.split("\n").length <= 3, stderr);
  }
});
