// Standard input as the list of items: when it is one, when it is not, and what is said while nothing comes.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cliCommand, runBash } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";

const SHOWN = "-w 1 --output ordered --reporter quiet";
const NOTHING =
  /nothing to do: give --total, --items FILE, or items after :::.*\{item\}.*--items -/;

const LISTS: [name: string, script: string, stdout: string][] = [
  ["a pipe", `seq 2 | X ${SHOWN} -- echo {}`, "1\n2\n"],
  ["a file", `seq 2 >list; X ${SHOWN} -- echo x{item} <list`, "x1\nx2\n"],
  ["the rest of a file", `seq 3 >list; { read -r _; X ${SHOWN} -- echo {}; } <list`, "2\n3\n"],
  ["a process substitution", `X ${SHOWN} -- echo {} < <(seq 2)`, "1\n2\n"],
  ["a here-document", `X ${SHOWN} -- echo {} <<'END'\na\nb\nEND`, "a\nb\n"],
  ["a here-string", `X ${SHOWN} -- echo {} <<<a`, "a\n"],
  ["an empty pipe", `true | X ${SHOWN} -- echo {}`, ""],
  ["a named pipe", `mkfifo p; seq 2 >p & X ${SHOWN} -- echo {} <p`, "1\n2\n"],
  ["NULs", `printf 'a\\0b c\\0' | X ${SHOWN} -0 -- echo [{}]`, "[a]\n[b c]\n"],
  ["a part of the item", `echo p/a.b | X ${SHOWN} -- echo {.} {item.ext}`, "p/a .b\n"],
  ["its number", `seq 2 | X ${SHOWN} -- echo {#} {index}`, "1 0\n2 1\n"],
  ["all items", `seq 3 | X ${SHOWN} --per-process 3 -- echo {items}`, "1 2 3\n"],
  ["the program", `echo echo | X ${SHOWN} -- {} hi`, "hi\n"],
  ["a text of its own", `seq 2 | X ${SHOWN} -I % -- echo %`, "1\n2\n"],
  ["a column", `echo a,b | X ${SHOWN} --colsep , -- echo {2}`, "b\n"],
  ["a column's name", `printf 'k,v\\na,b\\n' | X ${SHOWN} --csv --header -- echo {v}`, "b\n"],
];

for (const [name, script, stdout] of LISTS) {
  Deno.test(`stdin is the list of a command that names an item: ${name}`, async () => {
    await withFolder(async (folder) => {
      const result = await runBash(`cd ${folder}; ${script}`);
      assertEquals(result, { code: 0, stdout, stderr: "" });
    });
  });
}

const NO_LISTS: [name: string, script: string][] = [
  ["no placeholder", "seq 2 | X -- echo"],
  ["a placeholder of any job", "seq 2 | X -- echo {worker} {attempt} {start} {%}"],
  ["a variable of the shell", "seq 2 | X -- sh -c 'echo ${item} ${1}'"],
  ["an escaped word", "seq 2 | X -- echo '\\{item}' '{{item}}' {name}"],
  ["{} with another text for the item", "seq 2 | X -I % -- echo {}"],
  ["a column without columns", "seq 2 | X -- echo {1}"],
  ["/dev/null", "X -- echo {} </dev/null"],
  ["a closed stdin", "X -- echo {} <&-"],
];

for (const [name, script] of NO_LISTS) {
  Deno.test(`no items is an error that names both ways: ${name}`, async () => {
    const { code, stdout, stderr } = await runBash(script);
    assertMatch(stderr, NOTHING);
    assertEquals([code === 0, stdout], [false, ""]);
  });
}

testWith("a terminal is no list", needs(LINUX, "script"), async () => {
  const { stdout } = await runBash(`X() { :; }; script -qec "${quoted()} -- echo {}" /dev/null`);
  assertMatch(stdout, /nothing to do.*\n?.*stdin is a terminal/s);
});

function quoted(): string {
  return `${Deno.execPath()} run -A --quiet ${
    new URL("../../cli.ts", import.meta.url).pathname
  } run`;
}

testWith("a socket is no list", needs("python3"), async () => {
  const script = `import socket, subprocess
a, b = socket.socketpair()
a.sendall(b"one\\n"); a.shutdown(socket.SHUT_WR)
print(subprocess.run("${quoted()} -- echo {}", shell=True, stdin=b, stderr=subprocess.PIPE).stderr.decode())
print(b.recv(9))`;
  const { stdout } = await runBash(`python3 -c '${script}'`);
  assertMatch(stdout, NOTHING);
  assertStringIncludes(stdout, "stdin is a socket");
  assertStringIncludes(stdout, "b'one\\n'");
});

const LOOPS: [name: string, call: string][] = [
  ["words", "X --reporter quiet -- true {} ::: a"],
  ["a file", "X --reporter quiet -a other -- true {}"],
  ["numbers", "X --reporter quiet -n 3 -c 1 -- true {}"],
  ["no placeholder", "! X --reporter quiet -- true 2>/dev/null"],
  ["help", "X --help >/dev/null"],
  ["an error of usage", "! X -n 1 -- echo {strat} 2>/dev/null"],
];

for (const [name, call] of LOOPS) {
  Deno.test(`the list of a loop is not eaten: ${name}`, async () => {
    await withFolder(async (folder) => {
      const { stdout } = await runBash(
        `cd ${folder}; echo x >other; printf 'a\\nb\\nc\\n' >list
         while read -r line; do ${call}; echo "$line $?"; done <list`,
      );
      assertEquals(stdout, "a 0\nb 0\nc 0\n");
    });
  });
}

Deno.test("after two seconds without a byte, a line says what is waited for, and only then", async () => {
  for (const args of [["--items", "-"], []]) {
    const began = performance.now();
    const child = cliCommand(["run", ...args, "--reporter", "quiet", "--", "true", "{}"], {
      stdin: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
    const { value } = await reader.read();
    assert(performance.now() - began >= 2_000);
    assertEquals(value, "executor: waits for the list of items, which comes from stdin\n");
    await writer.write(new TextEncoder().encode("a\n"));
    await writer.close();
    assertEquals((await reader.read()).done, true);
    assertEquals((await child.status).code, 0);
    await child.stdout.cancel();
  }
  const { stderr } = await runBash(
    `(echo a; sleep 2.3; echo b) | X --items - --reporter quiet -- true {}`,
  );
  assertEquals(stderr, "");
});

for (const how of ["--items", "::::"]) {
  testWith(
    `a named pipe without a writer is waited for, and a line says so: ${how}`,
    needs("mkfifo"),
    async () => {
      await withFolder(async (folder) => {
        const pipe = `${folder}/pipe`;
        await new Deno.Command("mkfifo", { args: [pipe] }).output();
        const items = how === "--items" ? ["--items", pipe] : [];
        const words = how === "::::" ? ["::::", pipe] : [];
        const child = cliCommand(
          ["run", ...items, "-k", "--reporter", "quiet", "--", "echo", "{}", ...words],
        ).spawn();
        const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
        assertEquals(
          (await reader.read()).value,
          `executor: waits for the list of items, which comes from ${pipe}\n`,
        );
        await Deno.writeTextFile(pipe, "a\nb\n");
        assertEquals(await new Response(child.stdout).text(), "a\nb\n");
        assertEquals((await child.status).code, 0);
        assertEquals((await reader.read()).done, true);
      });
    },
  );
}

Deno.test("Ctrl-C ends a run that waits for its header", async () => {
  const child = cliCommand(["run", "--header", "--items", "-", "--", "true", "{x}"], {
    stdin: "piped",
  }).spawn();
  const reader = child.stderr.getReader();
  await reader.read();
  child.kill("SIGINT");
  assertEquals((await child.status).signal, "SIGINT");
  await reader.cancel();
  await child.stdout.cancel();
  await child.stdin.close().catch(() => {});
});
