// The live page under load, with made-up runs: what each viewer has in the end is what happened.
import { assert, assertEquals } from "@std/assert";
import { INITIAL_STATE, reduce } from "@lambdawaker/executor/events";
import { LivePage } from "@lambdawaker/executor/reporters";
import type { RunEvent } from "@lambdawaker/executor";
import type { RunHistory } from "../../../src/report/history/history.ts";
import { HistoryBuilder } from "../../../src/report/history/history_builder.ts";
import { applyChanges, decodeChanges } from "../../../src/report/history/wire.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";
import { until } from "../../helpers/processes.ts";
import { longRun } from "../made_up.ts";
import type { Cause } from "@lambdawaker/executor/events";

/** A live page, and what its viewers should have. */
class ServedRun implements AsyncDisposable {
  url = "";
  readonly page: LivePage;
  readonly #history = new HistoryBuilder();
  #state = INITIAL_STATE;

  constructor(options: ConstructorParameters<typeof LivePage>[0] = {}) {
    this.page = new LivePage({ ...options, onUrl: (url) => this.url = url });
  }

  report(events: readonly RunEvent[]): void {
    for (const event of events) {
      this.#state = reduce(this.#state, event);
      this.#history.add(event, this.#state);
      this.page.report(event, this.#state);
    }
  }

  /** What a viewer should have. */
  get expected(): unknown {
    return JSON.parse(JSON.stringify(this.#history.history()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.close();
  }
}

/** What a viewer has after some events of the stream. */
function shown(text: string): { history: unknown; kinds: string[] } {
  let history: RunHistory | undefined;
  const kinds: string[] = [];
  for (const event of text.split("\n\n").slice(0, -1)) {
    const [, kind, data] = /^event: (\w+)\ndata: (.*)$/.exec(event)!;
    kinds.push(kind!);
    history = applyChanges(history, decodeChanges(data!));
  }
  return { history: JSON.parse(JSON.stringify(history ?? null)), kinds };
}

/** A connection on which a viewer asks, and reads when it likes. */
async function connect(url: string): Promise<Deno.TcpConn> {
  const { hostname, port, pathname } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const request = `GET ${pathname}events HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  return connection;
}

async function readAll(connection: Deno.Conn): Promise<number> {
  const bytes = new Uint8Array(1 << 20);
  let total = 0;
  try {
    for (let n = await connection.read(bytes); n !== null; n = await connection.read(bytes)) {
      total += n;
    }
  } catch {
    // It was cut off.
  }
  return total;
}

/** Closes a page; its time stands still until the viewers have read. */
async function closeOnceRead<T>(run: ServedRun, clock: FakeClock, read: Promise<T>): Promise<T> {
  let isClosed = false;
  const closing = run.page.close().then(() => isClosed = true);
  const result = await read;
  await until(async () => {
    await clock.advance(1_000);
    return isClosed;
  }, "it is closed");
  await closing;
  return result;
}

Deno.test("a hundred viewers that connect at different times all have the whole history in the end", async () => {
  const clock = new FakeClock();
  const { events } = longRun(2_000, 8);
  const answers: Promise<Response>[] = [];
  const run = new ServedRun({ clock });
  const part = Math.ceil(events.length / 20);
  for (let at = 0; at < events.length; at += part) {
    run.report(events.slice(at, at + part));
    for (let viewer = 0; viewer < 5; viewer++) answers.push(fetch(`${run.url}events`));
    await clock.advance(40);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  // A viewer that has no answer when the page closes is not served any more.
  const streams = await Promise.all(answers);
  const texts = Promise.all(streams.map((stream) => stream.text()));
  for (const { history, kinds } of (await closeOnceRead(run, clock, texts)).map(shown)) {
    assertEquals(kinds.at(-1), "end");
    assertEquals(history, run.expected);
  }
});

Deno.test("a late viewer gets the whole history, then at most four steps a second", async () => {
  const clock = new FakeClock();
  const { events } = longRun(3_000, 8);
  const run = new ServedRun({ clock });
  run.report(events.slice(0, 5_000));
  const response = await fetch(`${run.url}events`);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const readMore = async () => {
    const { value } = await reader.read();
    text += value;
  };
  while (!text.endsWith("\n\n")) await readMore();
  assertEquals(shown(text).kinds, ["changes"]);
  assertEquals((shown(text).history as RunHistory).attempts.length > 1_500, true);
  for (let tenth = 0; tenth < 20; tenth++) {
    run.report(events.slice(5_000 + 100 * tenth, 5_100 + 100 * tenth));
    await clock.advance(100);
  }
  const read = async () => {
    while (!text.includes("event: end")) await readMore();
  };
  await closeOnceRead(run, clock, read());
  const steps = shown(text).kinds.filter((kind) => kind === "changes").length - 1;
  assert(steps >= 5 && steps <= 8, `${steps} steps in 2 s`);
  await reader.cancel();
});

Deno.test("a viewer that never reads costs neither time nor memory, and does not delay the end", async () => {
  // Some 15 MB, more than the system keeps for a connection.
  const events = longRun(20_000, 16).events.map((event, index) =>
    event.kind === "attempt-ended"
      ? { ...event, status: "CRASHED", cause: lengthyCause(index) } as const
      : event
  );
  const run = new ServedRun();
  run.report(events.slice(0, 1));
  const stuck = await Promise.all(Array.from({ length: 10 }, () => connect(run.url)));
  const before = Deno.memoryUsage().external;
  // The same without viewers, at the same time: other programs slow down both.
  const alone = new ServedRun();
  alone.report(events.slice(0, 1));
  const spent: { run: number[]; alone: number[] } = { run: [], alone: [] };
  const part = 1_000;
  for (let at = 1; at < events.length; at += part) {
    for (const [name, served] of [["run", run], ["alone", alone]] as const) {
      const began = performance.now();
      served.report(events.slice(at, at + part));
      spent[name].push(performance.now() - began);
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  await alone.page.close();
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
  assert(median(spent.run) < 3 * median(spent.alone), JSON.stringify(spent));
  const grown = (Deno.memoryUsage().external - before) / 2 ** 20;
  assert(grown < 100, `${grown} MB`);
  const began = performance.now();
  await run.page.close();
  const took = performance.now() - began;
  assert(took < 2_000, `close() took ${took} ms`);
  for (const connection of stuck) {
    const read = await readAll(connection);
    assert(read > 2 ** 20 && read < 12 * 2 ** 20, `${read} bytes before it was cut off`);
    connection.close();
  }
});

Deno.test("a viewer that paused catches up", async () => {
  const clock = new FakeClock();
  const { events } = longRun(8_000, 16);
  const run = new ServedRun({ clock });
  run.report(events.slice(0, 1));
  const connection = await connect(run.url);
  for (let at = 1; at < events.length; at += 2_000) {
    run.report(events.slice(at, at + 2_000));
    await clock.advance(260);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const reading = (async () => {
    const bytes = new Uint8Array(1 << 20);
    for (let n = await connection.read(bytes); n !== null; n = await connection.read(bytes)) {
      chunks.push(bytes.slice(0, n));
    }
  })();
  await closeOnceRead(run, clock, reading);
  connection.close();
  const text = await new Blob(chunks).text();
  const body = text.slice(text.indexOf("\r\n\r\n") + 4);
  // Without the sizes that stand between chunks of HTTP/1.1.
  const stream = body.replace(/\r\n[0-9a-f]+\r\n|^[0-9a-f]+\r\n|\r\n0\r\n\r\n$/gi, "");
  assertEquals(shown(stream).history, run.expected);
});

Deno.test("a page without viewers closes at once", async () => {
  // Its time does not pass: to wait for viewers would take for ever.
  const run = new ServedRun({ clock: new FakeClock() });
  run.report(longRun(10, 2).events);
  await run.page.close();
});

Deno.test("methods other than GET and HEAD are rejected", async () => {
  await using run = new ServedRun();
  run.report(longRun(10, 2).events);
  const status = async (method: string, path: string) => {
    const response = await fetch(`${run.url}${path}`, { method });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await status("POST", ""), 405);
  assertEquals(await status("DELETE", "events"), 405);
  assertEquals([await status("HEAD", ""), await status("HEAD", "events")], [200, 200]);
  assertEquals(await status("GET", "favicon.ico"), 404);
});

Deno.test("an abandoned run stops its server", async () => {
  const run = new ServedRun();
  run.report(longRun(10, 2).events.slice(0, 5));
  const viewer = fetch(`${run.url}events`).then((response) => response.text());
  await (await fetch(run.url)).body?.cancel();
  run.page.abandon();
  await viewer.catch(() => {});
  await until(
    () =>
      fetch(run.url).then(async ({ body }) => void await body?.cancel(), () => true) as Promise<
        boolean
      >,
    "nobody listens",
  );
});

function lengthyCause(index: number): Cause {
  return { kind: "fault", message: `${index}${"x".repeat(250)}` };
}
