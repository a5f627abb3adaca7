// Looks at processes for which there are no descriptors: they are left out, and the run goes on.
import { assert, assertEquals } from "@std/assert";
import { LINUX, needs, testWith } from "../../helpers/needs.ts";
import { until } from "../../helpers/processes.ts";

const FIXTURE = new URL("../../fixtures/watches_usage.ts", import.meta.url).pathname;

async function setLimit(pid: number, limit: number): Promise<void> {
  const args = ["--pid", `${pid}`, `--nofile=${limit}:1000`];
  assert((await new Deno.Command("prlimit", { args }).output()).success);
}

testWith(
  "a run whose usage is sampled survives a lack of descriptors, and has samples again",
  needs(LINUX, "prlimit"),
  async () => {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", FIXTURE],
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const stderr = new Response(child.stderr).text();
    let text = "";
    const heard = (async () => {
      for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) text += part;
    })();
    const samples = () => text.split("usage").length - 1;
    await until(() => text.includes("attempt-started"), "the worker runs");
    await setLimit(child.pid, 8);
    // More than two looks, which come once a second.
    await new Promise((resolve) => setTimeout(resolve, 2_300));
    assertEquals(samples(), 0);
    await setLimit(child.pid, 1_000);
    await until(() => samples() > 0, "there is a sample");
    const { code } = await child.status;
    await heard;
    assertEquals([code, await stderr], [0, ""]);
  },
);
