// What the server of a live page tells programs: /metrics and /state.json.
import { LivePage } from "@lambdawaker/executor/reporters";
import { SubprocessExecutor } from "@lambdawaker/executor";
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { EventBody } from "../../../src/model/event_body.ts";
import { FORMAT_VERSION, type RunEvent } from "../../../src/model/events.ts";
import { reduce } from "../../../src/model/reduce.ts";
import { INITIAL_STATE, type RunState } from "../../../src/model/state.ts";
import { encodeMetrics } from "../../../src/report/live/prometheus_text.ts";
import { RunMetrics } from "../../../src/report/live/run_metrics.ts";
import { encodeState } from "../../../src/report/live/state_json.ts";
import { withFolder } from "../../helpers/journal.ts";
import { until } from "../../helpers/processes.ts";
import { parseMetrics, type ReadMetric } from "../../helpers/prometheus.ts";
import { forSeeds } from "../../helpers/random.ts";
import { randomEvents } from "../../helpers/random_job.ts";

const TOKEN = "a-token-of-this-test";
const TITLE = 'back\\slash "quote"\nline \u202e\x1b[31m';

/** Runs a job of ten items, one of which fails, and calls a test with the address of its server before the last one ends. */
async function whileServing(test: (origin: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const url = Promise.withResolvers<string>();
    const page = new LivePage({ title: TITLE, token: TOKEN, onUrl: url.resolve });
    const script = `echo line; [ $1 = 3 ] && exit 2; [ $1 = 9 ] || exit 0
      until [ -e ${folder}/go ]; do sleep 0.02; done`;
    const executor = new SubprocessExecutor(
      { totalItems: 10, chunkSize: 1, numWorkers: 2 },
      ({ extraData }) => ["sh", "-c", script, "sh", `${extraData.startIndex}`],
    );
    const running = executor.run(page);
    try {
      await test(new URL(await url.promise).origin);
    } finally {
      await Deno.writeTextFile(`${folder}/go`, "");
      await running;
    }
  });
}

const bearer = { headers: { authorization: `Bearer ${TOKEN}` } };

/** Returns the value of a metric without labels, or with one. */
function valueOf(metrics: Map<string, ReadMetric>, name: string, labels = {}): number | undefined {
  return metrics.get(`executor_${name}`)?.values.get(JSON.stringify(labels));
}

Deno.test("/metrics has the figures of the run, in the format of Prometheus", async () => {
  await whileServing(async (origin) => {
    let metrics = new Map<string, ReadMetric>();
    await until(async () => {
      const response = await fetch(`${origin}/metrics`, bearer);
      assertEquals(
        response.headers.get("content-type"),
        "text/plain; version=0.0.4; charset=utf-8",
      );
      metrics = parseMetrics(await response.text());
      // The range that fails may end after all others, and before the last one starts.
      return valueOf(metrics, "items_done_total") === 8 &&
        valueOf(metrics, "items_failed_total") === 1 && valueOf(metrics, "attempts_total") === 10;
    }, "eight items are done, one has failed, and the last one has started");
    assertEquals(valueOf(metrics, "ranges_total", { status: "SUCCESS" }), 8);
    assertEquals(valueOf(metrics, "ranges_total", { status: "FAILED" }), 1);
    assertEquals(valueOf(metrics, "ranges_total", { status: "CRASHED" }), 0);
    assertEquals(valueOf(metrics, "attempts_total"), 10);
    assertEquals(valueOf(metrics, "items_failed_total"), 1);
    assertEquals(valueOf(metrics, "job_items"), 10);
    assertEquals(valueOf(metrics, "job_ranges_pending"), 0);
    assertEquals(valueOf(metrics, "progress_ratio"), 0.8);
    assertEquals(valueOf(metrics, "workers"), 2);
    assertEquals(valueOf(metrics, "busy_workers"), 1);
    assertEquals(valueOf(metrics, "stopping"), 0);
    const started = valueOf(metrics, "start_time_seconds")!;
    assert(Math.abs(started - Date.now() / 1000) < 60, `${started}`);
    // The page shows no control characters, and so does not this.
    const [labels] = metrics.get("executor_info")!.values.keys();
    assertEquals(JSON.parse(labels!).title, 'back\\slash "quote" line ');
  });
});

Deno.test("/state.json has the figures, the failures and the running workers", async () => {
  await whileServing(async (origin) => {
    let state: Record<string, unknown> = {};
    await until(async () => {
      const response = await fetch(`${origin}/state.json`, bearer);
      assertEquals(response.headers.get("content-type"), "application/json; charset=utf-8");
      state = await response.json();
      const { running } = state as { running: { range: number }[] };
      return state.doneItems === 8 && state.failedRanges === 1 && running[0]?.range === 9;
    }, "eight items are done, one has failed, and the last one has started");
    const { v, status, totalItems, failedRanges, ranges, workers, busyWorkers } = state;
    assertEquals([v, status, totalItems, failedRanges, ranges], [1, "running", 10, 1, 10]);
    assertEquals([workers, busyWorkers], [2, 1]);
    const [failure] = state.failures as { cause: unknown; log: unknown }[];
    assertEquals([failure!.cause, failure!.log], [{ kind: "exit", code: 2 }, ["line"]]);
    const running = state.running as Record<string, unknown>[];
    assertEquals(running.map(({ range, attempt }) => [range, attempt]), [[9, 1]]);
  });
});

Deno.test("/metrics and /state.json need the token: in the path, the query or a header", async () => {
  await whileServing(async (origin) => {
    const statusOf = async (path: string, init?: RequestInit) => {
      const response = await fetch(`${origin}${path}`, init);
      await response.body?.cancel();
      return response.status;
    };
    for (const name of ["metrics", "state.json"]) {
      assertEquals(await statusOf(`/${TOKEN}/${name}`), 200);
      assertEquals(await statusOf(`/${name}?token=${TOKEN}`), 200);
      assertEquals(await statusOf(`/${name}?x=1&token=${TOKEN}#part`), 200);
      assertEquals(await statusOf(`/${name}`, bearer), 200);
      assertEquals(await statusOf(`/${name}`, { ...bearer, method: "HEAD" }), 200);
      assertEquals(await statusOf(`/${name}`, { ...bearer, method: "POST" }), 405);
      assertEquals(await statusOf(`/${name}`), 404);
      assertEquals(await statusOf(`/${name}?token=`), 404);
      assertEquals(await statusOf(`/${name}?token=${TOKEN}x`), 404);
      const wrong = { headers: { authorization: `Bearer ${TOKEN.slice(1)}` } };
      assertEquals(await statusOf(`/${name}`, wrong), 404);
      const basic = { headers: { authorization: `Basic ${TOKEN}` } };
      assertEquals(await statusOf(`/${name}`, basic), 404);
    }
    // The page itself has its token in the path alone: an address with it can be opened, a header cannot.
    assertEquals(await statusOf("/", bearer), 404);
    assertEquals(await statusOf("/events", bearer), 404);
    assertEquals(await statusOf(`/?token=${TOKEN}`), 404);
  });
});

const event = (body: EventBody, t = 0): RunEvent => ({ v: FORMAT_VERSION, t, ...body });

/** Adds events to the metrics, and checks after each that no counter went down. */
function checkedMetrics(events: readonly RunEvent[]): Map<string, ReadMetric> {
  const metrics = new RunMetrics();
  let state: RunState = INITIAL_STATE;
  let last = new Map<string, ReadMetric>();
  for (const event of events) {
    state = reduce(state, event);
    metrics.add(event, state);
    const next = parseMetrics(metrics.encode({ title: "Job", now: event.t }));
    for (const [name, { type, values }] of next) {
      for (const [labels, value] of values) {
        assert(value >= 0, `${name}${labels} is ${value}`);
        const before = last.get(name)?.values.get(labels) ?? 0;
        if (type === "counter") assert(value >= before, `${name}${labels} went down to ${value}`);
      }
    }
    last = next;
  }
  return last;
}

Deno.test("counters only go up, and agree with the state at the end", async () => {
  await forSeeds(30, async (random) => {
    const { events } = await randomEvents(random);
    const metrics = checkedMetrics(events);
    const { counts, attempts, retries, doneItems } = events.reduce(reduce, INITIAL_STATE);
    for (const [status, count] of Object.entries(counts)) {
      assertEquals(valueOf(metrics, "ranges_total", { status }), count);
    }
    assertEquals(valueOf(metrics, "attempts_total"), attempts);
    assertEquals(valueOf(metrics, "retries_total"), retries);
    assertEquals(valueOf(metrics, "items_done_total"), doneItems);
  });
});

Deno.test("a counter takes nothing back if the output of a range is lost, and counts no earlier run", () => {
  const ref = { worker: 0, range: 4, attempt: 1 };
  const [startIndex, endIndex] = [40, 50];
  const resumed = { counts: { SUCCESS: 4, FINISHED: 0 }, doneItems: 40 };
  const bodies: EventBody[] = [
    {
      kind: "run-started",
      runId: "a",
      totalItems: 100,
      ranges: 10,
      numWorkers: 1,
      maxRetries: 0,
      retryFrom: "start",
      resumed,
    },
    { kind: "attempt-started", ...ref, attemptId: "a.4.1", startIndex, endIndex, maxAttempt: 1 },
    { kind: "attempt-ended", ...ref, status: "SUCCESS", progress: 10 },
    { kind: "range-ended", ...ref, status: "SUCCESS", startIndex, endIndex, nextIndex: endIndex },
    {
      kind: "output-lost",
      range: 4,
      status: "SUCCESS",
      cause: { kind: "output-lost" },
      startIndex,
      endIndex,
      attempts: 1,
    },
  ];
  const metrics = checkedMetrics(bodies.map((body) => event(body)));
  assertEquals(valueOf(metrics, "ranges_total", { status: "SUCCESS" }), 1);
  assertEquals(valueOf(metrics, "ranges_total", { status: "CRASHED" }), 1);
  assertEquals(valueOf(metrics, "items_done_total"), 10);
  assertEquals(valueOf(metrics, "job_items_done"), 40);
});

Deno.test("10,000 workers make neither the metrics nor the state large", () => {
  const bodies: EventBody[] = [{
    kind: "run-started",
    runId: "a",
    totalItems: 1e9,
    ranges: 1e7,
    numWorkers: 10_000,
    maxRetries: 0,
    retryFrom: "start",
  }];
  const metrics = new RunMetrics();
  let state = INITIAL_STATE;
  for (let worker = 0; worker < 300; worker++) {
    const ref = { worker, range: worker, attempt: 1, attemptId: "a.0.1", maxAttempt: 1 };
    bodies.push({ kind: "attempt-started", ...ref, startIndex: worker, endIndex: worker + 1 });
    bodies.push({ kind: "message", ...ref, text: "m".repeat(5_000) });
  }
  for (const body of bodies) {
    const next = event(body);
    state = reduce(state, next);
    metrics.add(next, state);
  }
  const facts = { title: "Job", now: 1_000 };
  const text = metrics.encode(facts);
  assertEquals(valueOf(parseMetrics(text), "workers"), 10_000);
  assertEquals(valueOf(parseMetrics(text), "busy_workers"), 300);
  assert(text.length < 10_000, `${text.length}`);
  const json = encodeState(state, facts);
  assertEquals(JSON.parse(json).running.length, 100);
  assert(json.length < 200_000, `${json.length}`);
});

Deno.test("encodeMetrics() escapes labels and help, and leaves out a metric without a value", () => {
  const labels = { title: 'a "b" \\ c\nd \ud800' };
  const text = encodeMetrics([
    {
      name: "x_total",
      type: "counter",
      help: "one \\ two\nthree",
      samples: [{ value: 1e21, labels }],
    },
    { name: "y", type: "gauge", help: "none", samples: [] },
  ]);
  const metrics = parseMetrics(text);
  assertEquals(Array.from(metrics.keys()), ["x_total"]);
  assertEquals(metrics.get("x_total"), {
    type: "counter",
    help: "one \\ two\nthree",
    values: new Map([[JSON.stringify({ title: 'a "b" \\ c\nd \ufffd' }), 1e21]]),
  });
});

for (
  const wrong of [
    "x 1",
    "# HELP x y\nx 1\n",
    "# HELP x y\n# TYPE x gauge\nx NaN\n",
    "# HELP x y\n# TYPE x gauge\nx 1\nx 2\n",
    "# HELP x y\n# TYPE x counter\nx 1\n",
    '# HELP x y\n# TYPE x gauge\nx{a="\\q"} 1\n',
    "# HELP x y\n# TYPE x gauge\nx{a=b} 1\n",
    "# HELP x y\n# TYPE x gauge\nz 1\n",
    "# HELP x y\n# TYPE x gauge\n",
  ]
) {
  Deno.test(`the parser of these tests refuses ${JSON.stringify(wrong)}`, () => {
    assertThrows(() => parseMetrics(wrong), Error);
  });
}
