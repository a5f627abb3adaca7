// What becomes of a command: the design's sentences about placeholders, and GNU parallel as the judge of its own strings.
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { joinValues, splitValues } from "../../src/cli/columns.ts";
import { UsageError } from "../../src/cli/errors.ts";
import { compileTemplate, compileText, type TemplateOptions } from "../../src/cli/placeholders.ts";
import type { WorkerState } from "../../src/model/types.ts";
import { runBash, runCli } from "../helpers/cli.ts";
import { needs, testWith } from "../helpers/needs.ts";

/** A worker with the range that a job gives it. */
function worker(extraData: Partial<WorkerState["extraData"]> = {}): WorkerState {
  return {
    ...{ index: 2, status: "PENDING", progress: 0, total: 3, message: "", attempt: 1 },
    ...{ maxAttempt: 1, log: [] },
    extraData: { startIndex: 7, endIndex: 10, range: 5, ...extraData },
  };
}

/** Fills a command in for one item of a list. */
function fillItem(argv: string[], item: string, job: TemplateOptions = {}): string[] {
  const fill = compileTemplate(argv, { perProcess: 1, totalItems: 20, ...job });
  return fill(worker({ startIndex: 7, endIndex: 8, items: [item] }));
}

const COUNTED = { totalItems: 20 };
const LIST = { perProcess: 1, totalItems: 20 };

Deno.test("words of the list are filled in, in any job of numbers", () => {
  const fill = compileTemplate(
    ["x{start}", "{end}", "{count}-{resume}", "{range}", "{worker}{attempt}{total}", "{%}"],
    COUNTED,
  );
  assertEquals(fill(worker()), ["x7", "10", "3-7", "5", "2120", "3"]);
});

Deno.test("{gpu} and {cpus} are filled in if workers have them, also for a resident worker", () => {
  const job = { ...COUNTED, hasGpus: true, hasCpus: true, isResident: true };
  const fill = compileTemplate(["cuda:{gpu}", "-j{cpus}", "{gpu:02}"], job);
  assertEquals(fill({ ...worker(), gpu: "3", cpus: 4 }), ["cuda:3", "-j4", "03"]);
});

Deno.test("zeros are put before a number, behind its sign", () => {
  const fill = compileTemplate(["{start:04}", "{end:01}", "{total:03}.png", "{%:02}"], COUNTED);
  assertEquals(fill(worker()), ["0007", "10", "020.png", "03"]);
  assertEquals(fillItem(["{item:03}", "{item:05}", "{#:03}"], "-4"), ["-04", "-0004", "008"]);
  assertEquals(fillItem(["{item.stem:04}"], "a/17.png"), ["0017"]);
});

Deno.test("text after $, in double braces, or of unknown words stays as it is", () => {
  const argv = [
    "${count} ${item} ${total} ${start} ${#} ${%}",
    "{{.Names}} {{start}}",
    "{HOME} {name} {1..3} {print} x{1}",
  ];
  assertEquals(compileTemplate(argv, COUNTED)(worker()), argv);
  assertEquals(fillItem([...argv, "{item}"], "a"), [...argv, "a"]);
});

Deno.test("numbers in braces stand for themselves in regular expressions, formats, and jobs of numbers", () => {
  const argv = ["[0-9]{4}-x{2}", "(a){1}", "{0} {1}", "a{1,2} {1,2}", "a\\{1}", "${1} %{1.}"];
  assertEquals(fillItem([...argv, "{}", "\\{1} x/\\{2.}"], "i"), [...argv, "i", "{1} x/{2.}"]);
  assertEquals(compileTemplate(["{1}", "x {2}"], COUNTED)(worker()), ["{1}", "x {2}"]);
});

Deno.test("a backslash makes a placeholder text, in the name of the program, too", () => {
  assertEquals(fillItem(["x\\{start}", "\\{}", "\\{strat}", "{}"], "a"), [
    "x{start}",
    "{}",
    "{strat}",
    "a",
  ]);
});

const REFUSED: [argv: string[], job: TemplateOptions, said: RegExp][] = [
  [["{strat}"], COUNTED, /no placeholder \{strat\}: use \{start\}, or write '\\\{strat\}'/],
  [["a{itme.stem}"], LIST, /no placeholder \{itme\.stem\}: use \{item\.stem\}/],
  [["{stem}"], LIST, /no placeholder \{stem\}: use \{item\.stem\}/],
  [["{{start}"], COUNTED, /"\{\{start\}" has two braces before it.*write '\\\{start\}'/],
  [["{start:4}"], COUNTED, /no format "4", as in \{start:4\}: use \{start:04\}/],
  [["{end:04d}"], COUNTED, /use \{end:04\} for zeros/],
  [
    ["{gpu}"],
    COUNTED,
    /\{gpu\} stands for the GPU of the worker: add --gpus, or write '\\\{gpu\}'/,
  ],
  [["x{cpus}"], LIST, /the CPUs that the worker is to use: add --threads or --cpus, or write/],
  [["{cpu}"], COUNTED, /no placeholder \{cpu\}: use \{cpus\}/],
  [["{item.name}"], LIST, /no placeholder \{item\.name\}: use \{item\}, \{item\.dir\}, /],
  [["{=s/a/b/=}"], LIST, /no placeholder \{=s\/a\/b\/=\}, as GNU parallel has it/],
  // Numbers: an item needs -c 1.
  ...["{}", "{item}", "{.}", "{/}", "{//}", "{/.}", "{#}", "{index}", "{item.ext}"].map((
    word,
  ): [string[], TemplateOptions, RegExp] => [
    [`x${word}`],
    COUNTED,
    /stands for one item, and a range of numbers may have several: add -c 1 /,
  ]),
  [["{items}"], COUNTED, /\{items\} stands for the items of a list, such as --items FILE/],
  [["{items}"], { ...COUNTED, isOneByOne: true }, /\{items\} stands for the items of a list/],
  [["{total}"], { perProcess: 1 }, /\{total\} is not known before the list of items ends/],
  [["x{items}"], LIST, /\{items\} must be an argument of its own: current value is "x\{items\}"/],
  [
    ["{item}"],
    { perProcess: 3 },
    /\{item\} stands for one item, and a process may get several: use/,
  ],
  // Columns of GNU parallel, where there are none.
  [["cp", "{1}", "x"], LIST, /\{1\} is a column, and items have none: use \{\}, several lists/],
  [["cp", "out/{2}"], LIST, /\{2\} is a column/],
  [["sh", "-c", "cp {1} x"], LIST, /\{1\} is a column/],
  [["x{1.}"], LIST, /\{1\.\} is a column, and items have none: use \{\.\}/],
  [["x{2.stem}"], LIST, /\{2\.stem\} is a column, and items have none: use \{item\.stem\}/],
  // The braces of other programs.
  [
    ["find", "{item}", "-exec", "rm", "{}", ";"],
    LIST,
    /^\{\} after -exec may belong to another program, as the command also names the item in another way: .*-I STR/,
  ],
  [["find", "{item.dir}", "-execdir", "rm", "x{}", "+"], LIST, /after -execdir/],
  [["find", "{//}", "-ok", "rm", "{}", ";"], LIST, /after -ok /],
  [["find", "{items}", "-okdir", "rm", "{}", ";"], LIST, /after -okdir/],
  [["sh", "-c", "find {item} -exec rm {} \\;"], LIST, /after -exec/],
  [["sh", "-c", "find . -exec rm {} \\; ; echo {item}"], LIST, /after -exec/],
  [["sh", "-c", "(-exec) ls {item} | xargs -I{} rm {}"], LIST, /after -I/],
  [["sh", "-c", "ls {item} | xargs -I {} rm {}"], LIST, /after -I/],
  [["sh", "-c", "ls {item} | xargs -I '{}' rm '{}'"], LIST, /after -I/],
  [["sh", "-c", "ls {item} | parallel rm {}"], LIST, /after parallel/],
  [["yt-dlp", "{item}", "--exec", "mv {} x"], LIST, /after --exec/],
  [["fd", ".", "{item}", "-x", "gzip", "{}"], LIST, /after -x/],
  [["find", "d{start}", "-exec", "rm", "{}", ";"], { ...COUNTED, isOneByOne: true }, /after -exec/],
  [["find", "d{start}", "-exec", "rm", "{}", ";"], COUNTED, /after -exec/],
  [["echo"], { ...LIST, replaceString: "%" }, /--replace must be a text of the command.*"%"/],
];

for (const [argv, job, said] of REFUSED) {
  Deno.test(`${argv.join(" ")} is refused: ${said.source}`, () => {
    const { message } = assertThrows(() => compileTemplate(argv, job), UsageError);
    assertMatch(message, said);
  });
}

Deno.test("{} of another program is no matter where the item has no other name, or -I gives it one", () => {
  assertEquals(fillItem(["find", "{}", "-exec", "ls", "{}", ";"], "a"), [
    "find",
    "a",
    "-exec",
    "ls",
    "a",
    ";",
  ]);
  const find = ["find", "%", "-exec", "ls", "{}", ";"];
  assertEquals(fillItem(find, "a", { replaceString: "%" }), [
    "find",
    "a",
    "-exec",
    "ls",
    "{}",
    ";",
  ]);
  assertEquals(fillItem(["find", "{item}", "-exec", "ls", "\\{}", ";"], "a"), [
    "find",
    "a",
    "-exec",
    "ls",
    "{}",
    ";",
  ]);
  // -x and --replace of other programs.
  assertEquals(fillItem(["curl", "-x", "p", "{}", "-o", "{item.base}"], "a/b"), [
    ..."curl -x p a/b -o b".split(" "),
  ]);
});

Deno.test("with -I, the text stands for the item wherever it is, and {} for itself", () => {
  const filled = fillItem(["XX-{}", "aXXbXX", "$XX", "{item.stem}"], "i.j", {
    replaceString: "XX",
  });
  assertEquals(filled, ["i.j-{}", "ai.jbi.j", "$i.j", "i"]);
});

Deno.test("in a job of numbers with an explicit -c 1, an item is its number", async () => {
  const { stdout, code } = await runCli([
    ..."run -n 3 -c 1 -w 1 --output ordered --reporter quiet -- echo".split(" "),
    "{} {item} {index} {#} {.} x{item:02}",
  ]);
  assertEquals([code, stdout], [0, "0 0 0 1 0 x00\n1 1 1 2 1 x01\n2 2 2 3 2 x02\n"]);
});

Deno.test("{#} counts processes if they have several items", async () => {
  const { stdout } = await runBash(
    `X -w 1 --per-process 2 --output ordered --reporter quiet -- echo {#} {index} {items} ::: a b c`,
  );
  assertEquals(stdout, "1 0 a b\n2 2 c\n");
});

const NAMES = [
  ...["d/a.b.txt", "e/c.png", "plain", ".bashrc", "b/.x", "a.d/b/", "/", "/x", "a.", "..", "a/.."],
  ...[
    "x.tar.gz",
    "a b.c d",
    "a//b.c",
    "./x",
    "d.e/f",
    "no.ext.",
    "new.é",
    "-n",
    "two\tparts.t",
    "x.y/",
  ],
];

testWith(
  "strings of GNU parallel mean what they mean there",
  needs("parallel"),
  async () => {
    const words = NAMES.map((name) => `'${name}'`).join(" ");
    const script = `printf '[%s]' {} {.} {/} {//} {/.} {#} x{}y{.}; echo`;
    const ours = `X -w 1 --output ordered --reporter quiet -- sh -c 'printf "[%s]" "$@"; echo' sh`;
    const [{ stdout: theirs }, { stdout }] = await Promise.all([
      runBash(`HOME=$(mktemp -d) parallel -k "${script}" ::: ${words}; true`),
      runBash(`${ours} {} {.} {/} {//} {/.} {#} x{}y{.} ::: ${words}`),
    ]);
    assertEquals(stdout.split("\n"), theirs.split("\n"));
  },
);

const COLUMNS = { ...LIST, columns: { count: 3, valuesOf: splitValues } };

Deno.test("columns are filled in by number, from both ends, with their parts", () => {
  const item = joinValues(["p/a.x", "two words", "c.d.e"]);
  const fill = (...argv: string[]) => fillItem(argv, item, COLUMNS);
  assertEquals(fill("{1}", "{2}{3}", "{-1}", "{-3}"), [
    "p/a.x",
    "two wordsc.d.e",
    "c.d.e",
    "p/a.x",
  ]);
  assertEquals(fill("{1.}", "{1/}", "{1//}", "{1/.}"), ["p/a", "a.x", "p", "a"]);
  assertEquals(fill("{3.stem}", "{3.ext}", "{1.dir}", "{1.base}"), ["c.d", ".e", "p", "a.x"]);
  assertEquals(fill("x", "{}", "y"), ["x", "p/a.x", "two words", "c.d.e", "y"]);
  assertEquals(fill("{.}"), ["p/a", "two words", "c.d"]);
  assertEquals(fill("x {} y {/}"), ["x p/a.x two words c.d.e y a.x two words c.d.e"]);
  assertEquals(fill("echo"), ["echo", "p/a.x", "two words", "c.d.e"]);
  assertEquals(fill("echo", "{item}"), ["echo", "p/a.x two\\ words c.d.e"]);
});

Deno.test("columns that an item does not have are refused, or the item is, and no command has a hole", () => {
  assertThrows(() => fillItem(["{4}"], "a b c", COLUMNS), UsageError, "there is no column {4}");
  assertThrows(() => fillItem(["{-4}"], "a b c", COLUMNS), UsageError, "there is no column {-4}");
  const open = { ...LIST, columns: { valuesOf: splitValues } };
  assertEquals(fillItem(["{2}"], "a b", open), ["b"]);
  assertThrows(() => fillItem(["{2}"], "a", open), Error, "no column {2}, as an item has 1");
  assertThrows(() => fillItem(["{item.stem}"], "a b", open), UsageError, "{1.stem}");
});

Deno.test("columns have names", () => {
  const columns = { names: ["x", "end", "a b", "x"], valuesOf: splitValues };
  const fill = (...argv: string[]) => fillItem(argv, "1 p/2.q 3 4", { ...LIST, columns });
  assertEquals(fill("{end}", "{end/.}", "{a b}", "{start}", "{y}"), [
    "p/2.q",
    "2",
    "3",
    "7",
    "{y}",
  ]);
  assertThrows(() => fill("{x}"), UsageError, 'the header has two columns "x"');
  assertThrows(() => fill("{5}"), UsageError, "there is no column {5}, as an item has 4");
});

Deno.test("a text is filled in as an argument is; items may be left out of a command", () => {
  const one = worker({ startIndex: 7, endIndex: 8, items: ["p/a b"] });
  assertEquals(compileText("{item.base}: {#} ${x}", LIST)(one), "a b: 8 ${x}");
  assertEquals(compileText("{}", { ...LIST, columns: { valuesOf: splitValues } })(one), "p/a b");
  assertThrows(() => compileText("{itme}", LIST), UsageError, "{item}");
  assertEquals(fillItem(["x"], "a", { appendsItems: false }), ["x"]);
});
