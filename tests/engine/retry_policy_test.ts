// Limits of retries, their delays, and the items at which attempts fail.
import type { AttemptEnd } from "@lambdawaker/executor/events";
import { assert, assertEquals } from "@std/assert";
import {
  backoff,
  CrashSites,
  type RetryLimits,
  RetryPolicy,
} from "../../src/engine/retry_policy.ts";
import { eventsIn, runRecorded, withFolder } from "../helpers/journal.ts";
import { forSeeds } from "../helpers/random.ts";

const DELAY = { initial: 1000, factor: 2, max: 30_000, jitter: 0 };
const LIMITS = {
  maxRetries: 1,
  maxTemporary: 2,
  maxLost: 2,
  maxLaunchFailures: 1,
  retryDelay: DELAY,
};

const CRASHED: AttemptEnd = { status: "CRASHED", progress: 0 };
const LOST: AttemptEnd = { ...CRASHED, lost: 1 };
const LAUNCH_FAILED: AttemptEnd = { ...CRASHED, launchFailures: 1 };

Deno.test("RetryPolicy allows maxRetries retries", () => {
  const policy = new RetryPolicy(LIMITS, 0);
  assertEquals(policy.maxAttempt, 2);
  assert(policy.allowsRetry(1, CRASHED));
  assert(!policy.allowsRetry(2, CRASHED));
});

Deno.test("RetryPolicy does not count attempts of earlier runs", () => {
  const policy = new RetryPolicy(LIMITS, 7);
  assertEquals(policy.maxAttempt, 9);
  assert(policy.allowsRetry(8, CRASHED));
  assert(!policy.allowsRetry(9, CRASHED));
  assertEquals([8, 9].map((attempt) => policy.delayAfter(attempt)), [1000, 2000]);
});

Deno.test("RetryPolicy has own limits for lost attempts and failed launches", () => {
  const policy = new RetryPolicy(LIMITS, 0);
  assertEquals([LOST, LOST].map((end, index) => policy.allowsRetry(index + 1, end)), [true, true]);
  assert(policy.allowsRetry(3, LAUNCH_FAILED));
  assertEquals(policy.maxAttempt, 5);
  assert(policy.allowsRetry(4, CRASHED));
  assert(!policy.allowsRetry(5, LAUNCH_FAILED));
  assert(!new RetryPolicy({ ...LIMITS, maxLost: 0 }, 0).allowsRetry(1, LOST));
});

const TEMPORARY: AttemptEnd = { ...CRASHED, status: "FAILED", cause: { kind: "exit", code: 75 } };
const TIMED_OUT: AttemptEnd = { ...CRASHED, cause: { kind: "timeout" } };
const FAILED: AttemptEnd = { ...CRASHED, status: "FAILED", cause: { kind: "exit", code: 3 } };

Deno.test("RetryPolicy has an own limit for temporary failures, which do not count", () => {
  const policy = new RetryPolicy(LIMITS, 0);
  const ends = [TEMPORARY, FAILED, TEMPORARY, TEMPORARY];
  const allowed = ends.map((end, index) => policy.allowsRetry(index + 1, end));
  assertEquals(allowed, [true, true, true, false]);
  assert(!new RetryPolicy({ ...LIMITS, maxTemporary: 0 }, 0).allowsRetry(1, TEMPORARY));
});

Deno.test("RetryPolicy retries the causes of retryOn, and none of noRetryOn", () => {
  const allowed = (limits: Partial<RetryLimits>) =>
    [FAILED, TIMED_OUT, TEMPORARY, LOST, LAUNCH_FAILED].map((end) =>
      new RetryPolicy({ ...LIMITS, ...limits }, 0).allowsRetry(1, end)
    );
  const others = [true, true];
  assertEquals(allowed({}), [true, true, true, ...others]);
  assertEquals(allowed({ retryOn: ["timeout"] }), [false, true, false, ...others]);
  assertEquals(allowed({ retryOn: [3] }), [true, false, false, ...others]);
  assertEquals(allowed({ retryOn: ["exit"] }), [true, false, true, ...others]);
  assertEquals(allowed({ noRetryOn: ["exit"] }), [false, true, false, ...others]);
  assertEquals(allowed({ noRetryOn: [75, "timeout"] }), [true, false, false, ...others]);
  assertEquals(allowed({ retryOn: ["exit"], noRetryOn: [3] }), [false, false, true, ...others]);
});

Deno.test("RetryPolicy ends an attempt for being slow only if it retries that", () => {
  const retries = (limits: Partial<RetryLimits>) => {
    const policy = new RetryPolicy({ ...LIMITS, ...limits }, 0);
    return [1, 2].map((attempt) => policy.retriesSlow(attempt));
  };
  assertEquals(retries({}), [true, false]);
  assertEquals(retries({ retryOn: ["slow"] }), [true, false]);
  assertEquals(retries({ retryOn: ["exit"] }), [false, false]);
  assertEquals(retries({ noRetryOn: ["slow"] }), [false, false]);
});

Deno.test("backoff() grows by its factor up to its maximum", () => {
  const delays = [1, 2, 3, 6, 7, 5000].map((attempt) => backoff(DELAY, { attempt, random: 0.5 }));
  assertEquals(delays, [1000, 2000, 4000, 30_000, 30_000, 30_000]);
});

Deno.test("backoff() of 0 is 0 for any factor", () => {
  assertEquals(backoff({ ...DELAY, initial: 0, factor: 1e300 }, { attempt: 9, random: 1 }), 0);
});

Deno.test("backoff() varies the share of the delay that is jitter", async () => {
  assertEquals(backoff({ ...DELAY, jitter: 1 }, { attempt: 1, random: 0 }), 0);
  assertEquals(backoff({ ...DELAY, jitter: 1 }, { attempt: 1, random: 1 }), 1000);
  await forSeeds(100, (random) => {
    const jitter = random.next();
    const delay = backoff({ ...DELAY, jitter }, { attempt: 1, random: random.next() });
    assert(delay >= Math.floor(1000 * (1 - jitter)) && delay <= 1000);
  });
});

Deno.test("CrashSites finds the item at which all of at least two attempts failed", () => {
  const common = (...items: (number | undefined)[]) => {
    const sites = new CrashSites();
    for (const item of items) sites.add(item);
    return sites.common;
  };
  assertEquals(common(), undefined);
  assertEquals(common(3), undefined);
  assertEquals(common(3, 3), 3);
  assertEquals(common(3, 3, 4), undefined);
  assertEquals(common(3, undefined, 3), undefined);
});

Deno.test("a journal of as many retries as there can be is read", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const config = { totalItems: 1, maxRetries: Number.MAX_SAFE_INTEGER };
    await runRecorded(config, () => ["true"], { path });
    const [start] = eventsIn(path, "attempt-started");
    assertEquals(start?.maxAttempt, Number.MAX_SAFE_INTEGER);
  });
});
