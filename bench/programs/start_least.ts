// The least work of a run of one item: a reaper that reads, a child with two pipes, a timer.
const reaper = new Deno.Command("sh", {
  args: ["-c", "read -r _"],
  stdin: "piped",
  stdout: "null",
  stderr: "null",
  detached: true,
}).spawn();
const timer = setTimeout(() => {}, 1000);
const pipes = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
const child = new Deno.Command("true", { ...pipes, detached: true }).spawn();
await Promise.all([child.status, child.stdout.cancel(), child.stderr.cancel()]);
clearTimeout(timer);
const writer = reaper.stdin.getWriter();
await writer.write(new TextEncoder().encode(".\n"));
await writer.close();
await reaper.status;
