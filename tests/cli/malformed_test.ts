// Malformed command lines, lists and journals: one sentence on stderr that names the field, its value and what is right, exit
// code 2, and nothing is run, written or lost.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { runBash, runCli } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";

/** Makes the files that the rows name, in the working directory. */
const FILES = String.raw`
mkdir dir; : >empty; printf '\n\n' >blank; mkfifo fifo
head -c 3000 "$(command -v cat)" >binary; printf 'name,b\n1,2\n' >csv; printf 'a,a\n1,2\n' >twice
echo '{"x":1}' >json
cp ../good ../other .
head -c 100 good >torn
sed 's/"v":2/"v":99/' good >newer
sed '4s/"range":[0-9]*/"range":77/' good >foreign`;

/** Rows: a command line, in which `RUN` is a command that leaves a trace, and parts of the sentence. */
const ROWS: readonly (readonly [line: string, ...said: string[]])[] = [
  ["run -n -1 -- RUN", "--total must be a non-negative integer", 'is "-1"'],
  ["run -n 0.5 -- RUN", "--total must be", 'is "0.5"'],
  ["run -n NaN -- RUN", "--total must be", 'is "NaN"'],
  ["run -n 1e400 -- RUN", "--total must be at most 9007199254740991", 'is "1e400"'],
  ["run -n 99999999999999999999 -- RUN", "--total must be at most", 'is "99999999999999999999"'],
  ["run -n 0x10 -- RUN", "--total must be", 'is "0x10"'],
  ["run -n '1 0' -- RUN", "--total must be", 'is "1 0"'],
  ["run -n '' -- RUN", "--total must have a value"],
  ["run -n -- RUN", "--total must have a value"],
  ["run -n 2 -n 3 -- RUN", "--total must be given once"],
  ["run -n 2 -w 0 -- RUN", "--workers must be a positive integer", 'is "0"'],
  ["run -n 2 -P 0 -- RUN", "--workers must be a positive integer", 'is "0"'],
  ["run -n 2 -w 1e9 -- RUN", "--workers must be", 'is "1e9"'],
  ["run -n 2 -w 200%% -- RUN", "--workers must be", 'is "200%%"'],
  ["run -n 2 -w 2 -P 3 -- RUN", "--workers must be given once"],
  ["run -n 2 -r -1 -- RUN", "--retries must be a non-negative integer", 'is "-1"'],
  ["run -n 2 -c 0 -- RUN", '--chunk-size must be a positive integer, "auto" or a time', 'is "0"'],
  ["run -n 2 --timeout 10 -- RUN", "--timeout must be a duration such as 30s", 'is "10"'],
  ["run -n 2 --timeout -5s -- RUN", "--timeout must be a duration", 'is "-5s"'],
  [
    "run -n 2 --timeout 99999999d -- RUN",
    "--timeout must be",
    'to 10000d: current value is "99999999d"',
  ],
  ["wait --timeout 0s", "--timeout must be a duration from 1ms", 'is "0s"'],
  ["wait --timeout 20000d", "--timeout must be a duration", 'to 10000d: current value is "20000d"'],
  [
    "run -n 2 --memory-free 99999G -- RUN",
    "--memory-free must be less than the ",
    'current value is "99999G"',
  ],
  ["resume --retries 9007199254740993 good", "--retries must be at most", '"9007199254740993"'],
  ["run -n 2 --delay 1e3s -- RUN", "--delay must be a duration", 'is "1e3s"'],
  ["run -n 2 --serve 99999 -- RUN", "--serve must be a port", 'is "99999"'],
  ["run -n 2 --output live --output none -- RUN", "--output must be given once"],
  ["run -n 2 -k --output live -- RUN", "--keep-order is the same as --output ordered", '"live"'],
  ["run -n 2 --journal a --no-journal -- RUN", "--no-journal cannot be used with --journal"],
  ["run -n 2 --resume -- RUN", "--resume must be used with --journal"],
  ["run -n 2 --kill-slow -- RUN", "--kill-slow must be used with --slow-after and --retries"],
  ["run -n 2 --retry-on 3 -- RUN", "--retry-on must be used with --retries of 1 or more"],
  [
    "run -n 2 -r 1 --retry-on 3,tiemout -- RUN",
    "--retry-on must be exit codes (1 to 255) or causes (exit, ",
    'is "tiemout"',
  ],
  ["run -n 2 --no-retry-on 256 -- RUN", "--no-retry-on must be exit codes (1 to 255)", 'is "256"'],
  ["run -n 2 --no-retry-on -- RUN", "--no-retry-on"],
  ["run -n 2 --lifespan 3 -- RUN", "--lifespan must be used with --resident"],
  ["run -n 2 --hosts a -- RUN", "--hosts must be used with --launcher ssh"],
  ["run -n 2 --launcher ssh -- RUN", "--launcher ssh needs --hosts"],
  [
    "run -n 2 --launcher ssh --hosts a:1 --ssh-config none -- RUN",
    "--ssh-config must be a file that can be read",
    'is "none"',
  ],
  ["run -n 2 --nosuch -- RUN", "there is no option --nosuch"],
  ["run -n 2 --timeuot 3s -- RUN", "there is no option --timeuot: did you mean --timeout?"],
  ["run -n 2 RUN", "comes before --: put the command after --, as in executor run -- "],
  ["run -n 2 --", "there is no command to run"],
  ["run -n 2 -- ''", "the command to run is empty"],
  ["run -n 2 -- ./csv", "command not executable: ./csv (chmod +x makes it executable)"],
  ["run -n 2 -- ./dir", "command not executable: ./dir (it is a directory)"],
  ["run -- 'touch {}.x' ::: a", "command not found: touch {}.x (one word with blanks in it"],
  ["run -a none -- RUN", "--items or :::: must be a file that can be read", 'is "none"'],
  ["run -a dir -- RUN", "--items or :::: must be a file", '"dir" (it is a directory)'],
  ["run -a twice --csv --header -- RUN {a}", 'the header has two columns "a": use their numbers'],
  ["run -a csv --csv --header -- RUN {nam}", "there is no placeholder {nam}: use {name}"],
  ["run -- RUN {3} ::: a ::: b", "there is no column {3}, as an item has 2"],
  ["run -- RUN {1} ::: a", "{1} is a column, and items have none"],
  ["run -- RUN {itme} ::: a", "there is no placeholder {itme}: use {item}"],
  ["run -- RUN '{{item}' ::: a", '"{{item}" has two braces before it and one behind it'],
  ["run -I x -- true y ::: a", "--replace must be a text of the command", 'is "x"'],
  ["run --colsep '(' -- RUN ::: a", "--colsep must be a regular expression", 'is "("'],
  [
    "run --colsep '(a+)+$' -- RUN {1} ::: a",
    "--colsep must be a regular expression",
    "longer and longer",
  ],
  ["run --progress-pattern '(' -- RUN ::: a", "--progress-pattern must be a regular expression"],
  ["run -- RUN $'\\xff' ::: a", 'argument "\\xff" is not UTF-8'],
  ["run -- RUN ::: $'\\xff'", 'item "\\xff" is not UTF-8'],
  ["run -n 1 --journal $'j\\xff' -- RUN", 'value of --journal, "j\\xff" is not UTF-8'],
  ["run -n 1 --journal dir -- RUN", "the journal dir must be a file: it is a directory"],
  ["run -n 1 --journal fifo -- RUN", "the journal fifo must be a file: it is a pipe"],
  ["run -n 1 --journal none/j -- RUN", "the journal none/j cannot be written: No such file"],
  ["run -n 3 -c 1 --journal good -- false", "the journal good exists already: resume it"],
  ["run -n 4 -c 1 --journal good --resume -- true", "of another job", "was 3 and is 4"],
  ["run -n 3 -c 1 --journal good --resume -- false", "of another job: the command was"],
  ["run -n 3 -c 1 --journal json --resume -- RUN", "json cannot be read as line 1 is no event"],
  ["run -n 3 -c 1 --journal binary --resume -- RUN", "binary cannot be read as line 1 is not JSON"],
  [
    "run -n 3 -c 1 --journal newer --resume -- true",
    "written by a newer version: its format is 99",
  ],
  ["run -n 3 -c 1 --journal foreign --resume -- true", "an event of range 77, but the job has 3"],
  ["resume newer", "written by a newer version: its format is 99"],
  ["resume torn", "the journal torn has no run"],
  ["resume empty", "the journal empty has no run"],
  ["resume none", "the journal none cannot be read: No such file"],
  ["resume other -n 5", "there is no option -n: leave it out, as the journal has the number"],
  ["resume other dir", '"dir" comes after the journal'],
  ["resume other --items csv", "--items must be left out: the items of the journal other are"],
  ["report newer", "written by a newer version: its format is 99"],
  ["report empty", "the journal empty contains no run"],
  ["report good --format x", "--format must be", 'is "x"'],
  ["report good -o dir", "the report dir cannot be written: it is a directory"],
  ["run -n 1 --report dir -- RUN", "--report must be a file that can be written: it is a direc"],
  ["run -n 1 --joblog dir -- RUN", "--joblog must be a file that can be written: Is a direc"],
  ["run -n 1 --results csv -- RUN", "--results must be a directory that can be made", 'is "csv"'],
  ["run -a csv --report csv -- RUN", "--report must not be the file of --items", 'is "csv"'],
  ["run -n 1 --journal j --joblog ./j -- RUN", "--joblog must not be the file of --journal"],
];

/** Prints each file of a folder with a sum of its bytes. */
const LISTING = "{ ls -AlR --time-style=+; cat -- $(find . -type f | sort) | cksum; }";

Deno.test("malformed input: one sentence, exit code 2, and nothing is run, written or lost", async (t) => {
  await withFolder(async (folder) => {
    for (const [name, program] of [["good", "true"], ["other", "false"]] as const) {
      const args = ["run", "-n", "3", "-c", "1", "--journal", `${folder}/${name}`];
      await runCli([...args, "--reporter", "quiet", "--", program], { cwd: folder });
    }
    for (const [at, [line, ...said]] of ROWS.entries()) {
      await t.step(line, async () => {
        const command = line.replace("RUN", "touch ran");
        const script = `mkdir ${folder}/${at}; cd ${folder}/${at}; ${FILES}
          ${LISTING} >../before; E ${command} >../out 2>../err; echo $?; ${LISTING} >../after`;
        const { stdout } = await runBash(script);
        const [out, err, before, after] = ["out", "err", "before", "after"].map((name) =>
          Deno.readTextFileSync(`${folder}/${name}`)
        );
        for (const part of said) assertStringIncludes(err!, part);
        assertEquals([stdout, out, err!.split("\n").length], ["2\n", "", 3], err);
        assertEquals(after, before);
      });
    }
  });
});
