import { assert, assertEquals } from "@std/assert";
import {
  namedRange,
  namesRange,
  parseArgument,
  PLACEHOLDER_WORDS,
  type PlaceholderSyntax,
  type Token,
  wordsIn,
} from "../../src/model/placeholders.ts";
import { forSeeds, type Random } from "../helpers/random.ts";

/** Shows tokens: texts as they are, placeholders as `<word>`, mistakes as `!kind!`. */
function show(tokens: readonly Token[]): string {
  return tokens.map((token) => {
    if (token.kind === "text") return token.text;
    if (token.kind === "mistake") return `!${token.mistake.kind}!`;
    const zeros = token.width === undefined ? "" : `:0${token.width}`;
    if (token.kind === "word") return `<${token.word}${zeros}>`;
    return `<column ${token.column}${token.part}${zeros}>`;
  }).join("");
}

const PLAIN: [arg: string, shown?: string][] = [
  // Placeholders.
  ["a{start}-{item.stem}{}", "a<start>-<item.stem><>"],
  ["{.}{/}{//}{/.}{#}{%}", "<.></><//></.><#><%>"],
  ["{start:04}_{end:012} {#:03} {%:02}", "<start:04>_<end:012> <#:03> <%:02>"],
  ['{"k": {start}, "l": {"m": {end}}}', '{"k": <start>, "l": {"m": <end>}}'],
  ["$x{start}", "$x<start>"],
  ["x%{start}", "x%<start>"],
  // Other braces.
  ["{ print $1 } {a-b} {a,b} {1..3} {print} {name} {HOME} {"],
  ["} {start", "} {start"],
  ["{} } {", "<> } {"],
  ["[0-9]{2} a{3,} {1} {2.} {-1}"],
  ["{.items} {.metadata.name} {.status.phase}"],
  ["{...} {..} {##}"],
  [
    "{stats} {env} {and} {en} {ed} {send} {user} {file} {host} {date} {id} {}x",
    "{stats} {env} {and} {en} {ed} {send} {user} {file} {host} {date} {id} <>x",
  ],
  ["{start:x} {count:length} {total:$t} {a:04}"],
  ["{:04} {:.2f} {:>8} {0:.2f} {.:3} {x:.2f}"],
  // Variables of a shell and of other programs.
  ["${start} ${count} ${item%.*} ${total:-3} ${#} ${%} ${/} ${} $"],
  ["${x:-{start}} ${a[{index}]}", "${x:-<start>} ${a[<index>]}"],
  ["$${start} \\${end} $\\{end}", "$${start} \\${end} ${end}"],
  ["${strat} ${{start} ${{{end} ${start:4}"],
  ["${{ matrix.x {start} }} {end}", "${{ matrix.x {start} }} <end>"],
  ["%{strat} @{strat} #{itme}"],
  // Double braces.
  ["{{.Names}} {{start}} {{ item }} {{end}}{end}", "{{.Names}} {{start}} {{ item }} {{end}}<end>"],
  ["{{range .Items}}{{.Name}}{{end}}{{}}"],
  ['{{ {"a": {"b": {start}}} }} {end}', '{{ {"a": {"b": {start}}} }} <end>'],
  ["{{{start}}} {{{{end}}}}"],
  ["{{print} x={start}}", "{{print} x=<start>}"],
  ["{{1,2},{3,{start}}}", "{{1,2},{3,<start>}}"],
  ['{{"{"}} {end}', '{{"{"}} <end>'],
  ["{{a {start}", "{{a <start>"],
  // The escape of earlier versions.
  ["{{start}", "!doubled!"],
  ["{{start} {{end} x", "!doubled! !doubled! x"],
  ["{{start}, {end}}", "!doubled!, <end>}"],
  ["{{}", "!doubled!"],
  ["{{item.stem:04} x", "!doubled! x"],
  ["{{{start}", "{!doubled!"],
  ["{{name} {{print}"],
  // Backslashes.
  ["\\{start} \\{} \\{/.} \\{start:04}", "{start} {} {/.} {start:04}"],
  ["\\{strat} \\{{start} \\{item.name}", "{strat} {{start} {item.name}"],
  ["{\\{start}", "{{start}"],
  ["\\\\{start} \\\\\\{start}", "\\<start> \\{start}"],
  ["\\{name} a\\{3\\} \\{{end}} \\n \\\\{x} \\"],
  // Slips.
  ["{strat} {strt} {starrt} {sturt} {tsart}", "!slip! !slip! !slip! !slip! !slip!"],
  ["{edn} {ned} {endd} {ends}", "!slip! !slip! !slip! !slip!"],
  [
    "{itme} {tiem} {itm} {itemss} {item.stm} {itemstem}",
    "!slip! !slip! !slip! !slip! !slip! !slip!",
  ],
  [
    "{wroker} {attemp} {totl} {idnex} {cuont} {rnage} {resmue}",
    "!slip! !slip! !slip! !slip! !slip! !slip! !slip!",
  ],
  ["{stat} {star} {Start} {stem} {strat:04}", "!slip! !slip! !slip! !slip! !slip!"],
  // Other mistakes.
  [
    "{start:4} {start:04d} {start:d} {end:.2f} {start:00} {start:01000}",
    "!format! !format! !format! !format! !format! !format!",
  ],
  ["{item.name} {item.parent}", "!part! !part!"],
  ["{= s/a/b/ =} {=$_++=} {0#} {0%}", "!foreign! !foreign! !foreign! !foreign!"],
];

for (const [arg, shown = arg] of PLAIN) {
  Deno.test(`the argument ${arg} is read as ${shown}`, () => {
    assertEquals(show(parseArgument(arg)), shown);
  });
}

const COLUMNS: PlaceholderSyntax = {
  hasColumns: true,
  columns: ["sample", "end", "a b", "x", "ID"],
};

const WITH_COLUMNS: [arg: string, shown: string][] = [
  [
    "{1} {2.} {3/} {4//} {5/.} {-1} {12.stem}",
    "<column 1> <column 2.> <column 3/> <column 4//> <column 5/.> <column -1> <column 12.stem>",
  ],
  ["{0} {1..3} {1,2} a{01}", "{0} {1..3} {1,2} a{01}"],
  ["{1:03} {sample:03} {1:2}", "<column 1:03> <column sample:03> {1:2}"],
  [
    "{sample} {sample.} {sample/.} {sample.ext} {a b} {a b//}",
    "<column sample> <column sample.> <column sample/.> <column sample.ext> <column a b> <column a b//>",
  ],
  // A column with the name of a word.
  ["{end} {start}", "<column end> <start>"],
  [
    "{sampel} {y} {name} ${sample} ${1} \\{1} \\{sample} {{1}}",
    "!slip! {y} {name} ${sample} ${1} {1} {sample} {{1}}",
  ],
  ["{{sample} {{2}", "!doubled! !doubled!"],
  ["{ID} {id} {X} {SAMPLE}", "<column ID> !slip! !slip! !slip!"],
];

for (const [arg, shown] of WITH_COLUMNS) {
  Deno.test(`with columns, the argument ${arg} is read as ${shown}`, () => {
    assertEquals(show(parseArgument(arg, COLUMNS)), shown);
  });
}

Deno.test("another string may stand for the item", () => {
  const shown = (arg: string, replaceString: string) => show(parseArgument(arg, { replaceString }));
  assertEquals(shown("a%b%% {} {item} {{}", "%"), "a<>b<><> {} <item> {{}");
  assertEquals(shown("$, , x", ","), "$<> <> x");
  assertEquals(shown("XX {X}", "XX"), "<> {X}");
  assertEquals(shown("@@{start}", "@@"), "<><start>");
  assertEquals(shown("{start} {end}", "{start}"), "<> <end>");
});

Deno.test("a command names its whole range, its start only, or nothing of it", () => {
  assertEquals(namedRange(["x", "{start}", "{end}"]), "whole");
  assertEquals(namedRange(["x", "from={start},n={count:03}"]), "whole");
  assertEquals(namedRange(["x", "{start}.png"]), "start");
  assertEquals(namedRange(["x", "{start}", "\\{end}", "${end}", "{{end}}"]), "start");
  assertEquals(namedRange(["x", "\\{start}", "start"]), "nothing");
  assertEquals([["x{range:03}"], ["${range}", "\\{range}"]].map(namesRange), [true, false]);
  assertEquals(wordsIn(["x{range}", "{#} ${item} {item}"]), new Set(["range", "#", "item"]));
});

const PIECES = [
  ...["{", "}", "{{", "}}", "$", "\\", "\\\\", ":", ":04", ":4", " ", "%", "#", ".", "/", "="],
  ...[
    "start",
    "end",
    "item",
    "items",
    "strat",
    "name",
    "{start}",
    "{}",
    "{item.stem}",
    "{1}",
    "{x}",
  ],
  ...["${start}", "\\{end}", "é", "😀", "\n", '"', "{=", "=}"],
];

function randomArgument(random: Random): string {
  return Array.from({ length: random.integer(9) }, () => random.pick(PIECES)).join("");
}

Deno.test("pieces are the whole argument, and no two texts are neighbours", async () => {
  await forSeeds(3_000, (random) => {
    const arg = randomArgument(random);
    const syntax = random.pick<PlaceholderSyntax>([
      { hasColumns: false },
      {},
      COLUMNS,
      {
        replaceString: random.pick(["%", "{}", "{start}"]),
      },
    ]);
    const tokens = parseArgument(arg, syntax);
    assertEquals(tokens.map(({ source }) => source).join(""), arg);
    assert(tokens.every(({ source }) => source !== ""), arg);
    assert(!tokens.some(({ kind }, at) => kind === "text" && tokens[at + 1]?.kind === "text"), arg);
  });
});

Deno.test("what stands for itself is passed on as it is, but for backslashes before placeholders", async () => {
  await forSeeds(3_000, (random) => {
    const arg = randomArgument(random);
    for (const token of parseArgument(arg)) {
      if (token.kind !== "text" || token.text === token.source) continue;
      assert(/\\+\{/.test(arg), arg);
      assertEquals(token.text.replaceAll("\\", ""), token.source.replaceAll("\\", ""));
    }
  });
});

Deno.test("no placeholder comes directly after $", async () => {
  await forSeeds(3_000, (random) => {
    const arg = randomArgument(random);
    let at = 0;
    for (const { kind, source } of parseArgument(arg)) {
      if (kind !== "text") assert(arg[at - 1] !== "$", arg);
      at += source.length;
    }
  });
});

Deno.test("any argument can be written: a backslash before each placeholder or mistake makes it text", async () => {
  await forSeeds(3_000, (random) => {
    const arg = randomArgument(random).replaceAll("\\", "");
    const escaped = parseArgument(arg)
      .map(({ kind, source }) => kind === "text" ? source : `\\${source}`).join("");
    const tokens = parseArgument(escaped);
    assertEquals(tokens.map((token) => token.kind === "text" ? token.text : "?").join(""), arg);
  });
});

Deno.test("each word is a placeholder, and a slip of it is none", async () => {
  await forSeeds(2_000, (random) => {
    const word = random.pick(PLACEHOLDER_WORDS.filter((word) => /^[a-z]{4,}$/.test(word)));
    assertEquals(show(parseArgument(`{${word}}`)), `<${word}>`);
    const at = random.integer(word.length - 1);
    const swapped = word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2);
    const missing = word.slice(0, at + 1) + word.slice(at + 2);
    for (const slip of [swapped, missing, `${word}${word.at(-1)}`]) {
      const isWord = (PLACEHOLDER_WORDS as readonly string[]).includes(slip);
      assertEquals(show(parseArgument(`{${slip}}`)), isWord ? `<${slip}>` : "!slip!", slip);
    }
  });
});
