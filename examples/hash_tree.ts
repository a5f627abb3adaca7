// The job of hash_tree.py, started from TypeScript: deno run -A examples/hash_tree.ts FOLDER FILES
import { defaultReporter, SubprocessExecutor } from "@lambdawaker/executor";

const [folder, files] = Deno.args;
if (folder === undefined || files === undefined) {
  console.error("Usage: hash_tree.ts FOLDER FILES");
  Deno.exit(2);
}

const executor = new SubprocessExecutor(
  { totalItems: Number(files), numWorkers: 4, chunkSize: 25, maxRetries: 3 },
  ({ extraData: { startIndex, endIndex } }) => [
    ...["python3", "examples/hash_tree.py", folder],
    ...[`${startIndex}`, `${endIndex}`],
  ],
);
const summary = await executor.run(defaultReporter({ title: "SHA-256" }));
Deno.exit(summary.exitCode);
