// Memory of an executor whose workers print without end.
import { assert, assertEquals } from "@std/assert";

Deno.test("memory does not grow with what workers print", async () => {
  const fixture = new URL("../fixtures/reads_flood.ts", import.meta.url).pathname;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", fixture],
    stderr: "inherit",
  }).output();
  const { rssEarly, rssLate, bytesRead, frames } = JSON.parse(new TextDecoder().decode(stdout));
  const figures = JSON.stringify({ rssEarly, rssLate, bytesRead, frames });
  assert(bytesRead >= 300_000_000, `too little was read: ${figures}`);
  // 250 MB were read in between. Garbage that is not collected yet is far less.
  assert(rssLate - rssEarly < 100_000_000, figures);
  assert(frames >= 5, figures);
});

const GIGABYTE = 1_000_000_000;

const BURSTS: Record<string, { script: string; dropped: number }> = {
  "an endless line of NULs": {
    script: `head -c ${GIGABYTE} /dev/zero`,
    dropped: GIGABYTE - 64 * 1024,
  },
  "an endless line of NULs on stderr": {
    script: `head -c ${GIGABYTE} /dev/zero >&2`,
    dropped: GIGABYTE - 64 * 1024,
  },
  "a million log lines": {
    script: `yes "$(printf %01000d 0)" | head -c ${GIGABYTE}`,
    dropped: 0,
  },
  "messages of 10 MB": {
    script:
      `for i in 1 2 3 4 5 6 7 8; do printf 'MESSAGE: '; head -c 10000000 /dev/zero | tr '\\0' x; echo; done`,
    dropped: 8 * (10_000_009 - 64 * 1024),
  },
};

for (const [name, { script, dropped }] of Object.entries(BURSTS)) {
  Deno.test(`memory is bounded for ${name}`, async () => {
    const fixture = new URL("../fixtures/reads_burst.ts", import.meta.url).pathname;
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", fixture, script],
      stderr: "inherit",
    }).output();
    const figures = new TextDecoder().decode(stdout);
    const { ok, droppedBytes, rssBefore, rssPeak } = JSON.parse(figures);
    assertEquals([ok, droppedBytes], [true, dropped]);
    // Garbage that is not collected yet is far less than the gigabyte that was read.
    assert(rssPeak - rssBefore < 256 << 20, figures);
  });
}
