import { assertEquals, assertMatch } from "@std/assert";
import { cliCommand, runCli } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { readUntil } from "../helpers/processes.ts";

/** A worker that writes its arguments, each ended by a NUL, into a file of its own. */
const WRITE_ARGS = ["sh", "-c", 'd=$1; shift; printf "%s\\0" "$@" >"$d/$EXECUTOR_START"', "sh"];

function argsGiven(folder: string): string[][] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => Number(name))
    .sort((a, b) => a - b)
    .map((start) => Deno.readTextFileSync(`${folder}/${start}`).split("\0").slice(0, -1));
}

const HOSTILE = [
  "plain",
  "two words",
  " blanks around ",
  "it's",
  '"quoted"',
  "back\\slash",
  "$HOME $(id) `id` ; | & > x",
  "*",
  "-n",
  "--help",
  "--",
  "{item} {{ }",
  "tab\tstop",
  "naïve 😀 e\u0301",
  "",
  ":::",
];

Deno.test("lines reach the program byte for byte", async () => {
  await withFolder(async (folder) => {
    const args = ["run", "--items", "-", "--keep-blank", "--", ...WRITE_ARGS, folder];
    args.push("{item}", "[{item}]");
    const { code } = await runCli(args, { input: HOSTILE.join("\n") + "\n" });
    assertEquals(code, 0);
    assertEquals(argsGiven(folder), HOSTILE.map((item) => [item, `[${item}]`]));
  });
});

Deno.test("so do items that end in NUL, with newlines in them, several to a process", async () => {
  await withFolder(async (folder) => {
    const items = [...HOSTILE, "a\nb", "\n", "cr\r"];
    const args = ["run", "--items", "-", "-0", "--per-process", "4", "--", ...WRITE_ARGS, folder];
    const { code } = await runCli(args, { input: items.join("\0") });
    assertEquals(code, 0);
    assertEquals(argsGiven(folder).map(({ length }) => length), [4, 4, 4, 4, 3]);
    assertEquals(argsGiven(folder).flat(), items);
  });
});

Deno.test("items stand behind ::: as well, and in files", async () => {
  await withFolder(async (folder) => {
    const literal = HOSTILE.filter((item) => item !== ":::");
    const list = `${folder}/list`;
    Deno.writeTextFileSync(list, literal.join("\n") + "\n");
    for (
      const [name, before, after] of [["a", [], [":::", ...literal]], ["b", [list], []]] as const
    ) {
      const out = `${folder}/${name}`;
      Deno.mkdirSync(out);
      const options = before.length > 0 ? ["--keep-blank", "--items", ...before] : [];
      const { code } = await runCli(["run", ...options, "--", ...WRITE_ARGS, out, ...after]);
      assertEquals(code, 0);
      assertEquals(argsGiven(out).flat(), literal);
    }
  });
});

Deno.test("an item that is not UTF-8, or too long, is refused by name, and the others are done", async () => {
  const long = new Uint8Array(200_000).fill(97);
  const bytes = new Uint8Array([97, 0xff, 10, ...long, 10, 98, 10]);
  const { code, stdout } = await runCli(["run", "--items", "-", "-r", "1", "--", "true"], {
    input: bytes,
  });
  assertEquals(code, 1);
  assertMatch(
    stdout,
    /CRASHED item 0 \(a\\xff\) after 1 attempt: argument "a\\xff" cannot be passed to a program/,
  );
  assertMatch(stdout, /CRASHED item 1 \(a{20,99}…\) after 1 attempt: .*too long/);
  assertMatch(stdout, /: 1 done · 2 failed \(2 crashed\) of 3 items/);
});

Deno.test("parts of a path, and the number of an item", async () => {
  const template = "{index}|{item}|{}|{item.dir}|{item.base}|{item.stem}|{item.ext}";
  const items = ["photos/cat.raw.png", "/x", "plain", ".bashrc", "a.d/b/"];
  const args = ["run", "--reporter", "jsonl", "--", "echo", template, ":::", ...items];
  const { stdout } = await runCli(args);
  const said = stdout.trim().split("\n").map((line) => JSON.parse(line))
    .filter(({ kind }) => kind === "spawned").map(({ argv }) => argv[1]).sort();
  assertEquals(said, [
    "0|photos/cat.raw.png|photos/cat.raw.png|photos|cat.raw.png|cat.raw|.png",
    "1|/x|/x|/|x|x|",
    "2|plain|plain|.|plain|plain|",
    "3|.bashrc|.bashrc|.|.bashrc|.bashrc|",
    "4|a.d/b/|a.d/b/|a.d|b|b|",
  ]);
});

Deno.test("a slow producer: each item is begun when it comes", async () => {
  await withFolder(async (folder) => {
    const args = ["run", "--items", "-", "--", "touch", `${folder}/{item}`];
    const child = cliCommand(args, { stdin: "piped" }).spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const writer = child.stdin.getWriter();
    for (const [index, name] of ["a", "b", "c"].entries()) {
      await writer.write(new TextEncoder().encode(`${name}\n`));
      const said = await readUntil(reader, `item ${index} (${name})\n`);
      assertMatch(said, new RegExp(`\\[${index + 1}/\\?\\] SUCCESS .* {2}item`));
    }
    await writer.close();
    await readUntil(reader, "touch: 3 done of 3 items");
    await reader.cancel();
    const [{ code }, stderr] = await Promise.all([
      child.status,
      new Response(child.stderr).text(),
    ]);
    assertEquals([code, stderr], [0, ""]);
  });
});

Deno.test("Ctrl-C does not wait for a producer that says nothing", async () => {
  const child = cliCommand(["run", "--items", "-", "--", "true"], { stdin: "piped" }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("a\n"));
  await readUntil(reader, "SUCCESS");
  child.kill("SIGINT");
  const { signal } = await child.status;
  assertEquals(signal, "SIGINT");
  await reader.cancel();
  await child.stderr.cancel();
  await writer.close().catch(() => {});
});

Deno.test("an item that no program could be given is no end of the list", async () => {
  const bytes = new Uint8Array(5_000_000).fill(120);
  bytes.set(new TextEncoder().encode("a\n"), 0);
  bytes.set(new TextEncoder().encode("\nb\n"), 4_999_997);
  const { code, stdout } = await runCli(["run", "--items", "-", "--", "true"], { input: bytes });
  assertEquals(code, 1);
  assertMatch(stdout, /: 2 done · 1 failed \(1 crashed\) of 3 items/);
  assertMatch(stdout, /CRASHED item 1 \(x{20,99}…\) after 1 attempt: .*too long/);
});

Deno.test("a tag is one line, and not longer than a name", async () => {
  const { stdout } = await runCli(
    ["run", "--items", "-", "-0", "--output", "live", "--", "sh", "-c", "echo said"],
    { input: `a\nb\0${"y".repeat(1_000)}` },
  );
  assertEquals(stdout.split("\n").map((line) => line.replace(/^y+…/, "y…")).sort(), [
    "",
    "a b\tsaid",
    "y…\tsaid",
  ]);
});
