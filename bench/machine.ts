/**
 * Describes what a table was measured on: the machine, and the versions of the programs that take part.
 *
 * @module
 */
import { attempt, find, gnuParallel, pythonFor } from "./peers.ts";
import { outputOf } from "./process.ts";

/** The parts of a description, by name; `missing` stands for what is not installed. */
export async function describeMachine(): Promise<Readonly<Record<string, string>>> {
  const { deno, v8 } = Deno.version;
  return {
    Deno: `${deno} (V8 ${v8})`,
    xargs: await firstLine(await find("xargs")) ?? "missing",
    parallel: await firstLine(await gnuParallel()) ?? "missing",
    Python: await pythonSays("sys", PYTHON),
    joblib: await pythonSays("joblib, sys", `joblib.__version__, "with Python", ${PYTHON}`),
    rich: await pythonSays("pip._vendor.rich, pip, os", RICH),
    kernel: `${Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}`,
    processors: await processors(),
  };
}

const PYTHON = "sys.version.split()[0]";
/** The copy of rich that pip brings does not know its version, but pip has a list of them. */
const RICH = [
  "next((line.split('==')[1].strip() for line in",
  "open(os.path.join(os.path.dirname(pip.__file__), '_vendor', 'vendor.txt'))",
  "if line.strip().startswith('rich==')), 'unknown')",
].join(" ");

async function firstLine(program: string | undefined): Promise<string | undefined> {
  if (program === undefined) return undefined;
  const text = await attempt(() => outputOf([program, "--version"]));
  return text?.split("\n", 1)[0];
}

/** Evaluates an expression in a Python that has these modules. */
async function pythonSays(modules: string, expression: string): Promise<string> {
  const python = await pythonFor(modules);
  if (python === undefined) return "missing";
  const script = `import ${modules}\nprint(${expression})`;
  return (await attempt(() => outputOf([python, "-c", script])))?.trim() ?? "unknown";
}

async function processors(): Promise<string> {
  const info = await attempt(() => Deno.readTextFile("/proc/cpuinfo"));
  const model = /^model name\s*:\s*(.+)$/m.exec(info ?? "")?.[1];
  return [`${navigator.hardwareConcurrency}`, model].filter(Boolean).join(" × ");
}

/** Formats the description, a line for each part. */
export function drawMachine(machine: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(machine).map((name) => name.length));
  return Object.entries(machine).map(([name, text]) => `${name.padEnd(width)}  ${text}`).join("\n");
}
