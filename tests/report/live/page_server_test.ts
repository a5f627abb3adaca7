// Strangers, floods and a lack of descriptors: neither ends the server, and whoever has the token is served.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PageServer } from "../../../src/report/live/page_server.ts";
import { endOfHead, parseHead } from "../../../src/report/live/request_head.ts";
import { cliCommandLine } from "../../helpers/cli.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";
import { until } from "../../helpers/processes.ts";

const ADDRESS = { hostname: "127.0.0.1", port: 0 };

function listen(clock?: FakeClock): PageServer {
  return PageServer.listen(ADDRESS, {
    clock,
    answer: ({ path }) =>
      path === "/secret"
        ? { status: 200, body: "hello", isTrusted: true }
        : { status: 404, body: "who?" },
  });
}

const connect = (port: number) => Deno.connect({ hostname: "127.0.0.1", port });

/** Sends some text, and reads all that comes back. */
async function ask(port: number, text: string): Promise<string> {
  using connection = await connect(port);
  await connection.write(new TextEncoder().encode(text));
  return await readAll(connection);
}

async function readAll(connection: Deno.Conn): Promise<string> {
  let text = "";
  const bytes = new Uint8Array(4096);
  try {
    for (let n = await connection.read(bytes); n !== null; n = await connection.read(bytes)) {
      text += new TextDecoder().decode(bytes.subarray(0, n));
    }
  } catch {
    // It was cut off.
  }
  return text;
}

Deno.test("a request is answered, whatever its pieces", async () => {
  const server = listen();
  const status = async (text: string) => (await ask(server.port, text)).split("\r\n", 1)[0];
  assertStringIncludes(await ask(server.port, "GET /secret HTTP/1.1\r\n\r\n"), "\r\n\r\nhello");
  assertEquals((await ask(server.port, "HEAD /secret HTTP/1.0\n\n")).includes("hello"), false);
  assertEquals(await status("GET /other HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 404 Not Found");
  assertEquals(await status("nonsense\r\n\r\n"), "HTTP/1.1 400 Bad Request");
  assertEquals(await status("\x16\x03\x01\x02\x00\n\n"), "HTTP/1.1 400 Bad Request");
  assertEquals(await status(`GET /secret HTTP/1.1\r\nX: ${"y".repeat(20_000)}`), LONG);
  using slow = await connect(server.port);
  for (const piece of ["GET /sec", "ret HTTP/1.1\r", "\n\r", "\n"]) {
    await slow.write(new TextEncoder().encode(piece));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assertStringIncludes(await readAll(slow), "hello");
  await server.stop();
});
const LONG = "HTTP/1.1 431 Request Header Fields Too Large";

Deno.test("whoever sends no request is cut off after a short time", async () => {
  const clock = new FakeClock();
  const server = listen(clock);
  const idle = await Promise.all(Array.from({ length: 10 }, () => connect(server.port)));
  let closed = 0;
  const ends = idle.map((connection) => readAll(connection).then(() => closed++));
  await new Promise((resolve) => setTimeout(resolve, 50));
  assertEquals(closed, 0);
  await until(async () => {
    await clock.advance(1_000);
    return closed === 10;
  }, "all are cut off");
  await Promise.all(ends);
  for (const connection of idle) connection.close();
  await server.stop();
});

Deno.test("a flood of idle connections keeps nobody out who has the token", async () => {
  const server = listen();
  const flood = await Promise.all(Array.from({ length: 300 }, () => connect(server.port)));
  assertStringIncludes(await ask(server.port, "GET /secret HTTP/1.1\r\n\r\n"), "hello");
  for (const connection of flood) connection.close();
  await server.stop();
});

Deno.test("many viewers at once are all served", async () => {
  const server = listen();
  const texts = await Promise.all(
    Array.from({ length: 200 }, () => ask(server.port, "GET /secret HTTP/1.1\r\n\r\n")),
  );
  assertEquals(texts.filter((text) => text.includes("hello")).length, 200);
  await server.stop();
});

Deno.test("a client that reads nothing, and one that leaves, hold nothing up", async () => {
  let cancelled = 0;
  const server = PageServer.listen(ADDRESS, {
    answer: () => ({
      status: 200,
      isTrusted: true,
      body: new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(1 << 16)),
        cancel: () => void cancelled++,
      }),
    }),
  });
  const stuck = await connect(server.port);
  await stuck.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
  const leaving = await connect(server.port);
  await leaving.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
  await leaving.read(new Uint8Array(10));
  leaving.close();
  await until(() => cancelled === 1, "the stream of the one that left is cancelled");
  await server.stop();
  assertEquals(cancelled, 2);
  stuck.close();
});

Deno.test("parseHead() reads method, path, query, host and token", () => {
  const parse = (text: string) => parseHead(new TextEncoder().encode(text));
  assertEquals(parse("GET /a/b?c HTTP/1.1\r\nhOST:  localhost:80 \r\n\r\n"), {
    method: "GET",
    path: "/a/b",
    query: "c",
    host: "localhost:80",
    bearer: null,
  });
  const asked = parse("GET /a HTTP/1.1\r\nAuthorization: bearer  a-token \r\nX-Host: b\r\n\r\n");
  assertEquals([asked?.query, asked?.bearer, asked?.host], ["", "a-token", null]);
  assertEquals(parse("GET http://h/a?b=1#c HTTP/1.1\r\n\r\n")?.query, "b=1");
  assertEquals(parse("GET http://h/a HTTP/1.1\r\n\r\n")?.path, "/a");
  for (
    const text of [
      "",
      "GET /\r\n\r\n",
      "GET  / HTTP/1.1\r\n\r\n",
      "GET / HTTP/2\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
      "GET / HTTP/1.1\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
    ]
  ) assertEquals(parse(text), undefined, text);
  assertEquals(endOfHead(new TextEncoder().encode("a\r\n\r")), undefined);
  assertEquals(endOfHead(new TextEncoder().encode("a\r\n\r\nb")), 5);
});

Deno.test("a run with few descriptors goes on though strangers hold many connections", async () => {
  const folder = await Deno.makeTempDir();
  const go = `${folder}/go`;
  const { command, args } = cliCommandLine(
    ["run", "-n", "12", "-w", "2", "-c", "1", "--reporter", "plain", "--serve", "0.0.0.0:0"]
      .concat(["--", "sh", "-c", `until [ -e ${go} ]; do sleep 0.05; done`]),
  );
  const child = new Deno.Command("sh", {
    args: ["-c", 'ulimit -n 100; exec "$0" "$@"', command, ...args],
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = new Response(child.stdout).text();
  let stderr = "";
  const heard = (async () => {
    for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) stderr += part;
  })();
  const URL_OF_PAGE = /live page at http:\/\/[^:]+:(\d+)(\/\S+)/;
  await until(() => URL_OF_PAGE.test(stderr), "the page is served");
  const [, port, path] = URL_OF_PAGE.exec(stderr)!;
  const flood = await Promise.all(Array.from({ length: 250 }, () => connect(Number(port))));
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    assertStringIncludes(await response.text(), "<!doctype html>");
  } finally {
    // The ranges end, and others start, while the strangers hold their connections.
    await Deno.writeTextFile(go, "");
  }
  const { code } = await child.status;
  for (const connection of flood) connection.close();
  await heard;
  await Deno.remove(folder, { recursive: true });
  assertEquals([code, stderr.includes("Uncaught")], [0, false], stderr);
  assert((await stdout).includes("12 done"));
});
