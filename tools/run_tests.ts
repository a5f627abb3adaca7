/**
 * Runs the tests, and lists which of them were skipped for want of what.
 *
 * Usage: `deno task test [options of deno test] [files]`
 *
 * @module
 */

/** The end of the name of a test that is skipped: tests/helpers/needs.ts writes it. */
const LACKS = / \(needs ([^()]+)\)$/;

/** Returns the names of the tests that were skipped, from a report in the format of JUnit. */
export function skippedIn(report: string): string[] {
  const cases = report.matchAll(/<testcase name="([^"]*)"[^>]*>\s*<skipped/g);
  return Array.from(cases, ([, name]) => unescapeXml(name!));
}

function unescapeXml(text: string): string {
  const characters: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replace(/&(\w+);/g, (entity, name) => characters[name] ?? entity)
    .replace(/&#x([\da-f]+);/gi, (_, code) => String.fromCodePoint(parseInt(code, 16)))
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
}

/** Returns a line for each thing that skipped tests lack, and one for each test that was skipped for another reason. */
export function skippedLines(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  const others: string[] = [];
  for (const name of names) {
    const lacking = LACKS.exec(name)?.[1]?.split(", ");
    if (lacking === undefined) others.push(`skipped: ${name}`);
    for (const thing of lacking ?? []) counts.set(thing, (counts.get(thing) ?? 0) + 1);
  }
  const lines = Array.from(counts)
    .toSorted(([a], [b]) => a < b ? -1 : 1)
    .map(([thing, count]) =>
      `skipped for want of ${thing}: ${count} ${count === 1 ? "test" : "tests"}`
    );
  return [...lines, ...others];
}

/**
 * The number of test files that run at the same time with `--parallel`. A test waits for processes most of its time: three files
 * for two processors keep both busy. The variable `DENO_JOBS` overrides it.
 */
const JOBS = Deno.env.get("DENO_JOBS") ?? `${Math.ceil(1.5 * navigator.hardwareConcurrency)}`;

/** Runs `deno test`, and returns its exit code. */
async function test(args: readonly string[]): Promise<number> {
  const report = await Deno.makeTempFile({ prefix: "executor-tests-", suffix: ".xml" });
  // A terminal sends Ctrl-C to both: the tests end by it, and this program after them.
  Deno.addSignalListener("SIGINT", () => {});
  try {
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", `--junit-path=${report}`, ...args],
      env: { DENO_JOBS: JOBS },
    }).spawn().status;
    const lines = skippedLines(skippedIn(await Deno.readTextFile(report)));
    if (lines.length > 0) console.log(lines.join("\n"));
    return code;
  } finally {
    await Deno.remove(report);
  }
}

if (import.meta.main) Deno.exit(await test(Deno.args));
