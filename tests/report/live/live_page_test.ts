// The live page over real HTTP: late viewers, slow ones, hostile ones.
import { LivePage } from "@lambdawaker/executor/reporters";
import { type RunEvent, SubprocessExecutor } from "@lambdawaker/executor";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { namesLoopback, parseServeAddress } from "../../../src/report/live/address.ts";
import { withFolder } from "../../helpers/journal.ts";
import { until } from "../../helpers/processes.ts";

/** Runs a job that goes on until `test` has ended. */
async function whileServing(
  test: (url: string, go: () => Promise<void>) => Promise<void>,
  options: ConstructorParameters<typeof LivePage>[0] = {},
): Promise<void> {
  await withFolder(async (folder) => {
    const url = Promise.withResolvers<string>();
    const page = new LivePage({ title: "Job <b>", ...options, onUrl: url.resolve });
    const script = `echo PROGRESS: 1; echo 'MESSAGE: </script><script>alert(1)</script>'
      until [ -e ${folder}/go ]; do sleep 0.02; done; exit 3`;
    const executor = new SubprocessExecutor(
      { totalItems: 2, numWorkers: 2 },
      () => ["sh", "-c", script],
    );
    const running = executor.run(page);
    const go = () => Deno.writeTextFile(`${folder}/go`, "");
    try {
      await test(await url.promise, go);
    } finally {
      await go();
      await running;
    }
  });
}

/** Opens the events of a run, as a viewer does. */
function watch(url: string): Promise<Response> {
  return fetch(`${url}events`);
}

Deno.test("early and late viewers see the end of a run, then the server stops", async () => {
  let at = "";
  await whileServing(async (url, go) => {
    at = url;
    const early = await Promise.all(Array.from({ length: 20 }, () => watch(url)));
    const response = await fetch(url);
    assertStringIncludes(await response.text(), "<!doctype html>".slice(0, 9));
    const policy = response.headers.get("content-security-policy") ?? "";
    assertStringIncludes(policy, "default-src 'none'");
    assert(!policy.includes("unsafe"), policy);
    const late = await watch(url);
    await go();
    for (const text of await Promise.all([...early, late].map((viewer) => viewer.text()))) {
      assert(text.startsWith("event: "), text.slice(0, 100));
      assert(text.lastIndexOf("event: end") >= 0, "the end is shown");
      assertStringIncludes(text, '"cause":{"kind":"exit","code":3}');
    }
  });
  const error = await fetch(at).then((response) => response.status, (error) => error);
  assert(error instanceof TypeError, "nobody listens any more");
});

Deno.test("viewers that read nothing or are gone do not delay the run", async () => {
  const start = performance.now();
  await whileServing(async (url, go) => {
    const { port, pathname } = new URL(url);
    const stuck = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
    await stuck.write(
      new TextEncoder().encode(`GET ${pathname}events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`),
    );
    const gone = new AbortController();
    const response = await fetch(`${url}events`, { signal: gone.signal });
    gone.abort();
    await response.body?.cancel().catch(() => {});
    await go();
    await new Promise((resolve) => setTimeout(resolve, 100));
    stuck.close();
  });
  assert(performance.now() - start < 8_000, `${performance.now() - start} ms`);
});

Deno.test("only requests that name the loopback interface are answered", async () => {
  await whileServing(async (url) => {
    const { port, pathname } = new URL(url);
    const statusFor = async (host: string, path = pathname) => {
      using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
      const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      await connection.write(new TextEncoder().encode(request));
      const bytes = new Uint8Array(64);
      const count = await connection.read(bytes) ?? 0;
      return new TextDecoder().decode(bytes.subarray(0, count)).split(" ")[1];
    };
    assertEquals(await statusFor(`127.0.0.1:${port}`), "200");
    assertEquals(await statusFor(`localhost:${port}`), "200");
    assertEquals(await statusFor(`evil.example:${port}`), "404");
    assertEquals(await statusFor(`127.0.0.1:${port}`, "/etc/passwd"), "404");
  });
});

for (const hostname of ["127.0.0.1", "0.0.0.0"]) {
  Deno.test(`a page at ${hostname} has a random token`, async () => {
    await whileServing(async (url) => {
      const { port, pathname } = new URL(url);
      assert(/^\/[\w-]{22}\/$/.test(pathname), pathname);
      const at = (path: string) =>
        fetch(`http://127.0.0.1:${port}${path}`).then(async (response) => {
          await response.body?.cancel();
          return response.status;
        });
      assertEquals(await at(pathname), 200);
      assertEquals(await at("/"), 404);
      assertEquals(await at("/events"), 404);
      assertEquals(await at(`/${"A".repeat(22)}/events`), 404);
      assertEquals(await at(`${pathname.slice(0, -2)}/`), 404);
      assertEquals(await at(pathname.slice(0, -1)), 404);
      assertEquals(await at(`${pathname}../events`), 404);
    }, { address: { hostname, port: 0 } });
  });
}

Deno.test("an address in use is a warning, and the work goes on", async () => {
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = other.addr as Deno.NetAddr;
  const page = new LivePage({ address: { hostname: "127.0.0.1", port } });
  const events: RunEvent[] = [];
  const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["true"]);
  const summary = await executor.run([page, { report: (event) => void events.push(event) }]);
  assert(summary.ok);
  await until(
    () => events.some(({ kind }) => kind === "reporter-failed"),
    "the failure is reported",
  );
  assertStringIncludes(summary.warnings.join(), `the page cannot be served at 127.0.0.1:${port}`);
});

Deno.test("parseServeAddress() parses ports and hosts, and rejects anything else", () => {
  assertEquals(parseServeAddress(""), { hostname: "127.0.0.1", port: 0 });
  assertEquals(parseServeAddress("8080"), { hostname: "127.0.0.1", port: 8080 });
  assertEquals(parseServeAddress("0.0.0.0:80"), { hostname: "0.0.0.0", port: 80 });
  assertEquals(parseServeAddress("[::1]:8080"), { hostname: "::1", port: 8080 });
  for (const text of ["host", "1:2:3", "70000", "-1", "a b:1"]) {
    assertEquals(parseServeAddress(text), undefined, text);
  }
  assert(namesLoopback("[::1]:8080") && !namesLoopback(null));
});
