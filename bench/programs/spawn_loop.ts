// The limit: starts a program many times, 8 at once, reads its pipes and waits for it.
const [ranges = "", ...given] = Deno.args;
const detached = given[0] === "--detached";
const [command = "", ...args] = detached ? given.slice(1) : given;
const pipes = { stdin: "null", stdout: "piped", stderr: "piped" } as const;

async function drain(stream: ReadableStream<Uint8Array>): Promise<void> {
  for await (const _ of stream);
}

const start = performance.now();
let next = 0;
await Promise.all(Array.from({ length: 8 }, async () => {
  while (next++ < Number(ranges)) {
    const child = new Deno.Command(command, { args, detached, ...pipes }).spawn();
    await Promise.all([child.status, drain(child.stdout), drain(child.stderr)]);
  }
}));
console.log(JSON.stringify({ rate: Number(ranges) / ((performance.now() - start) / 1000) }));
