// The run that a name means: a whole name means that run, also if it has ended, and others only begin with it.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { recentRuns } from "../../src/cli/recent_runs.ts";
import { ControlPlace } from "../helpers/control.ts";

Deno.test("the whole name of a run that has ended does not mean one that begins with it", async () => {
  await using place = new ControlPlace();
  await place.cli("run", "--name", "train", "-n", "1", "--reporter", "quiet", "--", "false");
  await place.start(["-n", "1", "--", "sleep", "60"], { name: "train-big" });
  const status = await place.cli("status", "train");
  assertMatch(status.stdout, /^train \(false\) is failed\n/);
  assertMatch(status.stdout, /^\d+:\d\d in all$/m);
  const stop = await place.cli("stop", "train");
  assertEquals(stop.code, 2);
  assertMatch(stop.stderr, /^executor: the run "train" has ended\n/);
  const wait = await place.cli("wait", "train", "--until", "ok");
  assertEquals(wait.code, 3);
  assertMatch((await place.cli("status", "train-")).stdout, /^train-big \(sleep\) is running\n/);
  // A new run of this name is the one that is meant.
  await place.start(["-n", "1", "--", "sleep", "60"], { name: "train" });
  assertMatch((await place.cli("status", "train")).stdout, /^train \(sleep\) is running\n/);
});

Deno.test("a run is found by its name, however many came after it", async () => {
  await using place = new ControlPlace();
  await place.cli("run", "--name", "nightly", "-n", "1", "--reporter", "quiet", "--", "false");
  const folder = `${place.folder}/state/executor`;
  const [record] = Array.from(Deno.readDirSync(folder), ({ name }) => name)
    .filter((name) => name.endsWith(".jsonl"));
  const text = await Deno.readTextFile(`${folder}/${record}`);
  for (let at = 10; at < 50; at++) {
    const path = `${folder}/20991231T235959Z-000000${at}.jsonl`;
    const others = text.replaceAll(/"runId":"[^"]+"/g, `"runId":"${crypto.randomUUID()}"`);
    await Deno.writeTextFile(path, others.replaceAll('"nightly"', `"nightly-${at}"`));
    const now = Date.now() / 1000 + at;
    await Deno.utime(path, now, now);
  }
  assertMatch((await place.cli("status", "nightly")).stdout, /^nightly \(false\) is failed\n/);
  const report = await place.cli("report", "nightly", "--format", "failed");
  assertEquals([report.code, report.stdout], [0, "0\n"]);
  const several = await place.cli("status", "nigh");
  assertEquals(several.code, 2);
  assertStringIncludes(several.stderr, '"nigh" may be several runs');
});

Deno.test("the end of a run is known, however long its record is", async () => {
  await using place = new ControlPlace();
  await place.cli("run", "--name", "it", "-n", "1", "--reporter", "quiet", "--", "false");
  const folder = `${place.folder}/state/executor`;
  const [name] = Array.from(Deno.readDirSync(folder), ({ name }) => name)
    .filter((name) => name.endsWith(".jsonl"));
  const lines = (await Deno.readTextFile(`${folder}/${name}`)).trimEnd().split("\n");
  const { t } = JSON.parse(lines[0]!);
  const warning = JSON.stringify({ v: 2, t, kind: "warning", text: "x".repeat(65_536) });
  lines.splice(-1, 0, ...Array.from({ length: 600 }, () => warning));
  await Deno.writeTextFile(`${folder}/${name}`, `${lines.join("\n")}\n`);
  const [run] = recentRuns(folder);
  assertEquals([run?.name, run?.state?.endedAt !== undefined], ["it", true]);
  const { code, stdout } = await place.cli("wait", "it");
  assertEquals([code, stdout], [0, "it: done (0 of 1 item done, 1 failed)\n"]);
});

Deno.test("a run whose journal was damaged after its end was not killed", async () => {
  await using place = new ControlPlace();
  const journal = `${place.folder}/j`;
  const options = ["--name", "it", "-n", "1", "--journal", journal, "--reporter", "quiet"];
  await place.cli("run", ...options, "--", "false");
  await Deno.writeTextFile(journal, "damaged\n");
  const { code, stderr } = await place.cli("wait", "it");
  assertEquals(code, 3);
  assertMatch(stderr, /^executor: it: the run is over, and nothing of it came true\n/);
});
