// Keys of a real terminal, made by script(1).
import { assertEquals, assertStringIncludes } from "@std/assert";
import { shellLine } from "../helpers/pty.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";

const FIXTURE = new URL("../fixtures/reads_keys.ts", import.meta.url).pathname;

/** Runs a program that reads keys in a terminal until `q`, and returns what the terminal shows of it and of its settings. */
async function screenOf(
  { stdin, end, keys, ahead = "" }: { stdin: string; end: string; keys: string; ahead?: string },
): Promise<string> {
  const program = shellLine([Deno.execPath(), "run", "-A", "--quiet", FIXTURE, end]);
  const settings =
    "stty -a | tr ';' '\\n' | grep -wo -e '-*icanon' -e '-*echo' -e 'min = .' | xargs";
  // The first line shows that the terminal has all: script(1) may take its time to hand it on.
  const wait = ahead === "" ? "" : "read _; ";
  const child = new Deno.Command("script", {
    args: ["-qec", `${wait}${program} ${stdin}; echo code=$?; ${settings}`, "/dev/null"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  if (ahead !== "") await writer.write(new TextEncoder().encode(`\n${ahead}`));
  let shown = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    shown += text;
    if (text.includes("ready")) await writer.write(new TextEncoder().encode(keys));
  }
  await writer.close();
  await child.status;
  return shown;
}

const needsScript = needs(LINUX, "script");

testWith("keys that were typed before a program listens are dropped", needsScript, async () => {
  for (const stdin of ["", "< /dev/null"]) {
    const shown = await screenOf({ stdin, end: "leave", ahead: "pq\nx", keys: "aq" });
    assertStringIncludes(shown, `keys: ["a","q"]`);
  }
});

for (const stdin of ["", "< /dev/null"]) {
  for (const end of ["leave", "dispose"]) {
    testWith(
      `keys arrive, and the terminal is restored by ${end} with stdin ${stdin || "on it"}`,
      needsScript,
      async () => {
        const shown = await screenOf({ stdin, end, keys: "a\x1b[A\rq" });
        assertStringIncludes(shown, `keys: ["a","ArrowUp","Enter","q"]`);
        assertEquals(/code=(\d+)\s+(.*?)\s*$/s.exec(shown)?.slice(1), ["0", "min = 1 icanon echo"]);
      },
    );
  }
}
