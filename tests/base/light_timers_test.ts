import { assertEquals } from "@std/assert";

const CLOCK = new URL("../../src/base/clock.ts", import.meta.url).href;
const LIGHT_TIMERS = new URL("../../src/base/light_timers.ts", import.meta.url).href;

/** Runs a module in a process of its own, in which the next timers are light ones. Returns what it prints. */
async function outputOf(text: string): Promise<string> {
  const module = `
    import { sleep, systemClock } from "${CLOCK}";
    import { lightenTimers } from "${LIGHT_TIMERS}";
    const print = (word) => Deno.stdout.writeSync(new TextEncoder().encode(word + " "));
    const { setTimeout } = globalThis;
    globalThis.setTimeout = (...args) => {
      print("heavy");
      return setTimeout(...args);
    };
    ${text}`;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", `data:text/javascript,${encodeURIComponent(module)}`],
  }).output();
  const decoder = new TextDecoder();
  assertEquals([code, decoder.decode(stderr)], [0, ""]);
  return decoder.decode(stdout).trim();
}

Deno.test("light timers keep the process, fire in order, and are few", async () => {
  const text = `
    lightenTimers(3);
    systemClock.after(60, () => print("second"));
    systemClock.after(20, () => print("first"));
    await sleep(systemClock, 100);
    print("slept");
    await sleep(systemClock, 1);
    print("end");`;
  assertEquals(await outputOf(text), "first second slept heavy end");
});

Deno.test("a light timer that is disposed of does not fire, and lets the process end", async () => {
  const text = `
    lightenTimers();
    systemClock.after(3_600_000, () => print("late"))[Symbol.dispose]();
    systemClock.after(1, () => print("never"))[Symbol.dispose]();
    await sleep(systemClock, 50);
    print("end");`;
  assertEquals(await outputOf(text), "end");
});

Deno.test("without lightening, no timer is light", async () => {
  assertEquals(await outputOf(`systemClock.after(1, () => print("fired"));`), "heavy fired");
});
