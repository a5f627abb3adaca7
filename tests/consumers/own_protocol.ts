// Reads progress of a program that prints JSON.
import { SubprocessExecutor } from "@lambdawaker/executor";
import type { OutputStream, Protocol, Signal } from "@lambdawaker/executor/protocol";

class JsonProtocol implements Protocol {
  parse(line: string, stream: OutputStream): Signal {
    if (stream !== "stdout" || !line.startsWith("{")) return { kind: "log" };
    const { done }: { done?: unknown } = JSON.parse(line);
    return typeof done === "number" ? { kind: "progress", done } : { kind: "malformed" };
  }
}

const executor = new SubprocessExecutor(
  { totalItems: 3, numWorkers: 1, strict: true, protocol: () => new JsonProtocol() },
  () => ["sh", "-c", `echo '{"done":1}'; echo '{"don":2}'; echo hello; echo '{"done":3}'`],
);
const { ok, malformed } = await executor.run();
console.log(ok, malformed);
