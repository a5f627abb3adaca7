import { assertEquals } from "@std/assert";
import { LocalLauncher, SshLauncher } from "@lambdawaker/executor";
import { ofKind, runScript } from "../helpers/run_job.ts";

Deno.test("a launcher that cannot be opened is the reason of every launch, and none is tried again", async () => {
  const launcher = new LocalLauncher();
  launcher.open = () => Promise.reject(new Error("there is no way to open it"));
  const result = await runScript("true", { maxRetries: 3 }, { launcher });
  const [failure] = result.summary.failures;
  assertEquals([failure!.status, failure!.reason], ["CRASHED", "there is no way to open it"]);
  assertEquals(result.summary.attempts, result.summary.failures.length);
  assertEquals(ofKind(result, "warning"), []);
});

Deno.test("without ssh, that is the reason, and nothing is tried again", async () => {
  const path = Deno.env.get("PATH")!;
  const bin = await Deno.makeTempDir();
  for (const tool of ["sh", "cat", "rm"]) await Deno.symlink(`/bin/${tool}`, `${bin}/${tool}`);
  Deno.env.set("PATH", bin);
  try {
    const launcher = new SshLauncher({ hosts: [{ name: "n1", workers: 1 }] });
    const { summary } = await runScript("true", { maxRetries: 3 }, { launcher });
    assertEquals(summary.failures.map(({ reason }) => reason), ["command not found: ssh"]);
    assertEquals(summary.attempts, 1);
  } finally {
    Deno.env.set("PATH", path);
    await Deno.remove(bin, { recursive: true });
  }
});
