// Sources of items: the calls of GNU parallel that name several lists, tables, and the journal of their items.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runBash } from "../helpers/cli.ts";
import { eventsIn, withFolder } from "../helpers/journal.ts";
import { needs, testWith } from "../helpers/needs.ts";
import { writeProgram } from "../helpers/programs.ts";

const SHOWN = "-w 1 --output ordered --reporter quiet";
/** Prints its arguments in brackets, a line for each process. */
const SHOW = `sh -c 'printf "[%s]" "$@"; echo' sh`;

/** Runs a script in a folder with lists; `X` is `executor run`, `P` is `parallel -k`. */
async function runWithLists(script: string) {
  let result = { code: -1, stdout: "", stderr: "" };
  await withFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/ab`, "a\nb\n");
    Deno.writeTextFileSync(`${folder}/123`, "1\n2\n3\n");
    Deno.writeTextFileSync(`${folder}/table.tsv`, "x\tone.txt\ny\ttwo.tar.gz\n");
    await writeProgram(`${folder}/show`, `#!/bin/sh\nprintf "[%s]" "$@"; echo\n`);
    const parallel = `P() { HOME=${folder} parallel -k "$@"; }`;
    result = await runBash(`cd ${folder}; ${parallel}\n${script}`);
  });
  return result;
}

/** Calls that both understand, after the options. */
const SAME = [
  "::: a b ::: 1 2 3",
  "{2}-{1} ::: a b ::: 1 2",
  "{1} {3} {2} ::: a b ::: 1 2 ::: x y",
  "::: a b c :::+ 1 2",
  "::: a b c :::+ 1 2 3 ::: x y",
  "::: x y ::: a b :::+ 1 2",
  "{-1} {-2} ::: a b ::: 1 2",
  "{1.} {2/} {2//} {2/.} ::: a.x ::: p/q.r",
  "{} ::: 'two words' b ::: 1",
  "{.} {/} ::: d/a.x ::: b.y",
  ":::: ab",
  ":::: ab 123",
  ":::: ab ::: x y",
  "::: x y :::: ab",
  ":::: ab ::::+ 123",
  "-a ab",
  "-a ab -a 123",
  "-a ab ::: x y",
  "--link ::: a b c ::: 1 2",
  "--link {2} {1} ::: a b ::: 1 2 3 4",
  "--link -a ab :::: 123",
  "--colsep , ::: a,b c,d,e",
  "--colsep , {2} {1} ::: a,b 'c , d'",
  "--colsep '\\t' {2.} {1} :::: table.tsv",
  "--colsep , {1}-{3} ::: a,b ::: x,y",
  "--colsep ' +' {2} {1} ::: 'a  b' 'c d'",
  "--colsep , -I % '%' x ::: a,b",
  "-0 :::: ab",
];

for (const call of SAME) {
  testWith(
    `executor run and parallel do the same with ${call}`,
    needs("parallel"),
    async () => {
      const [, options = "", rest = ""] =
        /^((?:(?:--link|-0|(?:-a|-I|--colsep) (?:'[^']*'|\S+)) ?)*)(.*)$/.exec(call)!;
      const [theirs, ours] = await Promise.all([
        runWithLists(`P ${options} ./show ${rest} </dev/null`),
        runWithLists(`X ${SHOWN} ${options} -- ./show ${rest} </dev/null`),
      ]);
      assertEquals(ours.stdout, theirs.stdout, ours.stderr);
      assertEquals([ours.code, ours.stderr], [0, ""]);
    },
  );
}

testWith("a header names the columns, of each list", needs("parallel"), async () => {
  const call = "./show {x} {y} {y.} {1} ::: x 1 2 ::: y 3.z 4";
  const [theirs, ours] = await Promise.all([
    runWithLists(`P --header : ${call}`),
    runWithLists(`X ${SHOWN} --header -- ${call}`),
  ]);
  assertEquals(ours.stdout, theirs.stdout);
  const table = await runWithLists(
    `printf 'id\\tend\\n1\\t2\\n' | X ${SHOWN} --colsep '\\t' --header -a - -- ./show {end} {id} {start}`,
  );
  assertEquals(table.stdout, "[2][1][0]\n");
  const none = await runWithLists(
    `printf '' | X ${SHOWN} --header -a - -- ./show {x}; echo "code $?"`,
  );
  assertEquals(none.stdout, "code 0\n");
});

Deno.test("a name that the header does not have is told, and blanks around names do not count", async () => {
  const { code, stdout, stderr } = await runWithLists(
    `printf 'id, sample\n1,a\n' | X ${SHOWN} --csv --header -- ./show {sample} {name} '${"$"}{x} %{y} {{z}}' {print}`,
  );
  assertEquals([code, stdout], [0, "[a][{name}][${x} %{y} {{z}}][{print}]\n"]);
  assertMatch(stderr, /^executor: warning: the header has no column \{name\}, \{print\}, which/);
});

Deno.test("CSV: quotes, line ends in them, a header, another separator", async () => {
  const csv = String.raw`printf 'name,"a b",n\n"x, ""y""",1,2\n\n"two\nlines",3,4\n'`;
  const shown = await runWithLists(
    `${csv} | X ${SHOWN} --csv --header -- ./show {name} '{a b}' {n:03} {2}`,
  );
  assertEquals(shown.stdout, '[x, "y"][1][002][1]\n[two\nlines][3][004][3]\n');
  const plain = await runWithLists(`${csv} | X ${SHOWN} --csv -a - -- ./show`);
  assertEquals(plain.stdout, '[name][a b][n]\n[x, "y"][1][2]\n[two\nlines][3][4]\n');
  const german = await runWithLists(
    `printf '\\357\\273\\277k;v\\r\\n1;"a;b"\\r\\n' >t.csv; X ${SHOWN} --csv --colsep ';' --header -a t.csv -- ./show {k} {v}`,
  );
  assertEquals(german.stdout, "[1][a;b]\n");
  assertStringIncludes(german.stderr, "t.csv end in CRLF");
});

Deno.test("CSV: a quote that is not closed is told, and the run is not complete", async () => {
  const { code, stdout, stderr } = await runWithLists(
    `printf 'a\\n"b\\nc\\n' >t.csv; X -w 1 --output ordered --csv -a t.csv -- ./show {1}`,
  );
  assertEquals([code, stdout], [1, "[a]\n"]);
  assertMatch(stderr, /cannot read items after the first 1: a quote in record 2 is not closed/);
});

Deno.test("a list that is cut while it is read is told, and the run is not complete", async () => {
  const { code, stdout } = await runWithLists(
    `seq -f %0100g 60000 >list; X -w 1 --per-process 500 -a list -- sh -c ': >list'`,
  );
  assertMatch(
    stdout,
    /read items after the first \d+: the list has become shorter since the run began: restore it/,
  );
  assertEquals(code, 1);
});

Deno.test("a row that lacks a column of the command is CRASHED by name, and the others are done", async () => {
  const { code, stdout } = await runWithLists(
    `X -w 1 --colsep , -r 2 -- ./show {1} {2} ::: a,b c d,e`,
  );
  assertEquals(code, 1);
  assertMatch(stdout, /item 1 \(c\) after 1 attempt: there is no column \{2\}, as an item has 1/);
  assertMatch(stdout, /2 done · 1 failed/);
});

Deno.test("the total is known before the rows are read, if it can be", async () => {
  const { stdout } = await runWithLists(
    `printf 'h\\n\\n1\\n \\n2\\n' >list; X ${SHOWN} --header -- echo {total} {1}{2} ::: x a b c :::: list
     X ${SHOWN} --link -- echo {total}{%} ::: a b ::: 1 2 3
     printf 'a,"b\\n"\\nc\\n' >c.csv; X ${SHOWN} --csv -a c.csv -- echo {total}{%}`,
  );
  const rows = ["a1", "a2", "b1", "b2", "c1", "c2"].map((row) => `6 ${row}`);
  assertEquals(stdout.trim().split("\n"), [...rows, "31", "31", "31", "21", "21"]);
});

Deno.test("a resume knows rows by their values, and the journal has the sources", async () => {
  await withFolder(async (folder) => {
    const run = (args: string) =>
      runBash(`cd ${folder}; X ${SHOWN} --journal j --resume -- ${SHOW} {2} {1} ${args}`);
    assertEquals((await run(`::: 'a b' c ::: '1\\' 2`)).stdout.split("\n").length, 5);
    const second = await run(`::: c d 'a b' ::: 2 '1\\'`);
    assertEquals(second.stdout, "[2][d]\n[1\\][d]\n");
    const started = eventsIn(`${folder}/j`, "run-started");
    assertEquals(started[0]!.sources, [
      { kind: "words", words: ["a b", "c"] },
      { kind: "words", words: ["1\\", "2"] },
    ]);
    const items = eventsIn(`${folder}/j`, "attempt-started").map(({ items }) => items![0]);
    assertEquals(items.slice(0, 4), ["a\\ b 1\\\\", "a\\ b 2", "c 1\\\\", "c 2"]);
  });
});

Deno.test("a process finds its row in EXECUTOR_ITEM, and a shell reads the values back", async () => {
  const { stdout } = await runBash(
    `X ${SHOWN} -- sh -c 'printf "%s\\n" "$EXECUTOR_ITEM" | { read x y; echo "$x|$y"; }' ::: 'a b' 'c\\d' ::: 1`,
  );
  assertEquals(stdout, "a b|1\nc\\d|1\n");
  const line = await runBash(`X ${SHOWN} --colsep , -- sh -c 'echo "$EXECUTOR_ITEM"' ::: 'a , b'`);
  assertEquals(line.stdout, "a , b\n");
});

Deno.test("EXECUTOR_ITEM of a run around this one is not taken for ours", async () => {
  const { stdout } = await runBash(
    `export EXECUTOR_ITEM=outer; X -n 1 ${SHOWN} -- sh -c 'echo "$EXECUTOR_START:$EXECUTOR_ITEM"'`,
  );
  assertEquals(stdout, "0:\n");
});

Deno.test("blank lines are skipped, unless they are kept, or items end in NUL", async () => {
  const list = `printf 'a\\n\\n \\t\\nb\\n\\n'`;
  const show = `${SHOWN} -- sh -c 'printf "[%s]" "$1"' sh`;
  const { stdout } = await runBash(`${list} | X --items - ${show}; echo
    ${list} | X --items - --keep-blank ${show}; echo
    printf 'a\\0\\0 \\0' | X --items - -0 ${show}; echo
    printf '\\n\\n' | X --items - ${show}; echo "empty: $?"
    X ${show} ::: '' a; echo`);
  assertEquals(stdout, "[a][b]\n[a][][ \t][b][]\n[a][][ ]\nempty: 0\n[][a]\n");
});

Deno.test("an empty list runs nothing, with or without --no-run-if-empty", async () => {
  const { stdout } = await runBash(
    `X ${SHOWN} --items - -- echo ran </dev/null; echo $?
     X ${SHOWN} --no-run-if-empty --items - -- echo ran </dev/null; echo $?
     X ${SHOWN} -- echo ran :::; echo $?
     X ${SHOWN} -- echo ran ::: a ::: ; echo $?
     X ${SHOWN} --header -- echo ran ::: name; echo $?
     X ${SHOWN} --link -- echo ran ::: ::: a; echo $?`,
  );
  assertEquals(stdout, "0\n0\n0\n0\n0\n0\n");
});

Deno.test("a list cannot be written over, however it is named", async () => {
  for (const call of ["-a ab -- true", "-- true :::: ab", "-- true ::: x ::::+ ab"]) {
    const { code, stderr, stdout } = await runWithLists(`X --journal ab ${call}; cat ab`);
    assertStringIncludes(stderr, "--journal must not be the file of --items");
    assertEquals([code, stdout], [0, "a\nb\n"]);
  }
});

Deno.test("a list at the end is linked to one of an option", async () => {
  const { stdout } = await runWithLists(`X ${SHOWN} -a ab -- ./show :::+ x y z`);
  assertEquals(stdout, "[a][x]\n[b][y]\n");
});

Deno.test("one list may be used twice", async () => {
  const { stdout } = await runWithLists(`X ${SHOWN} -a ab -- ./show :::: ab </dev/null`);
  assertEquals(stdout, "[a][a]\n[a][b]\n[b][a]\n[b][b]\n");
});

Deno.test("an item of several MB is whole on the stdin of its worker, and in the columns of CSV", async () => {
  const { code, stdout } = await runWithLists(
    `{ head -c 3000001 /dev/zero | tr '\\0' a; echo; } >big; { printf first,; cat big | tr -d '\\n'; echo ,last; } >big.csv
     X -k --reporter quiet --items big --stdin -- wc -c; X -k --reporter quiet --items big.csv --csv -- echo {1} {-1}`,
  );
  assertEquals([code, stdout], [0, "3000002\nfirst last\n"]);
});

Deno.test("an item without an end is told, and fills no memory", async () => {
  const { code, stdout } = await runWithLists(`tr '\\0' a </dev/zero | X --items - -- echo {}`);
  assertEquals(code, 1);
  assertStringIncludes(stdout, "cannot read items after the first 0: item 1 is longer than 64 MiB");
});
