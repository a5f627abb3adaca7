/**
 * Workers in other languages, which are written with the files of `executor sdk` or with `/worker`.
 *
 * @module
 */
import { runCli } from "./cli.ts";
import { transpile } from "./transpile.ts";

const FIXTURES = new URL("../fixtures/sdk/", import.meta.url);
/** The modules of `/worker`. */
export const WORKER_MODULES = [
  "src/worker.ts",
  "src/base/worker_runtime.ts",
  "src/base/write_all.ts",
  "src/model/statuses.ts",
];

/** A worker, as it is installed and called. */
export interface SdkWorker {
  readonly name: string;
  readonly program: readonly string[];
  /** Puts the worker into a folder. Returns its file. */
  readonly install: (folder: string) => Promise<string>;
  /** Formats items as the worker shows them. */
  readonly show: (items?: readonly string[]) => string;
}

const showJson = (items?: readonly string[]) => items ? JSON.stringify(items) : "undefined";

/** Workers of all languages. */
export const SDK_WORKERS: readonly SdkWorker[] = [
  {
    name: "Python",
    program: ["python3"],
    install: (folder) => installSdk(folder, ["python", "executor_worker.py", "worker.py"]),
    show: (items) =>
      items ? `[${items.map((item) => `'${item.replaceAll("\n", "\\n")}'`).join(", ")}]` : "None",
  },
  {
    name: "Node",
    program: ["node"],
    install: (folder) => installSdk(folder, ["node", "executor_worker.mjs", "worker.mjs"]),
    show: showJson,
  },
  {
    name: "bash",
    program: ["bash"],
    install: (folder) => installSdk(folder, ["bash", "executor_worker.sh", "worker.bash"]),
    show: (items = [""]) => items.map((item) => `[${item}]`).join(""),
  },
  ...["node", "bun", "deno"].map((program): SdkWorker => ({
    name: `/worker in ${program}`,
    program: program === "deno" ? [Deno.execPath(), "run", "-A"] : [program],
    install: async (folder) => {
      await transpile(folder, WORKER_MODULES);
      await Deno.copyFile(new URL("worker_api.mjs", FIXTURES), `${folder}/worker_api.mjs`);
      return `${folder}/worker_api.mjs`;
    },
    show: showJson,
  })),
];

async function installSdk(
  folder: string,
  [language, sdk, worker]: readonly [string, string, string],
): Promise<string> {
  const { stdout } = await runCli(["sdk", language]);
  await Deno.writeTextFile(`${folder}/${sdk}`, stdout);
  await Deno.copyFile(new URL(worker, FIXTURES), `${folder}/${worker}`);
  return `${folder}/${worker}`;
}
