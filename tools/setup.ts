/**
 * Fills `vendor/` with the dependencies, if it is not filled yet. If JSR answers, Deno does it; otherwise the same code
 * is taken from two npm packages (see `sources.ts`). Imports nothing that needs a set-up.
 *
 * @module
 */
import { PACKAGES } from "./sources.ts";
import { vendorFromNpm } from "./vendor_from_npm.ts";

const ROOT = new URL("..", import.meta.url);
const PROBE_TIMEOUT_MS = 4_000;

function isReady(): boolean {
  try {
    for (const { name } of PACKAGES) {
      Deno.statSync(new URL(`vendor/jsr.io/${name}/meta.json`, ROOT));
    }
    return true;
  } catch {
    return false;
  }
}

async function jsrAnswers(): Promise<boolean> {
  try {
    const registry = Deno.env.get("JSR_URL") ?? "https://jsr.io/";
    const response = await fetch(new URL("@std/cli/meta.json", registry), {
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

async function vendorFromJsr(): Promise<void> {
  const specifiers = PACKAGES.flatMap(({ name, exports }) =>
    Object.keys(exports).map((path) => path === "." ? name : name + path.slice(1))
  );
  const imports = specifiers.map((specifier) => `import "${specifier}";`).join("");
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", imports],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    const lines = new TextDecoder().decode(stderr).split("\n");
    const reason = lines.find((line) => line.startsWith("error: ")) ?? "the download failed";
    throw new Error(`JSR answered, but ${reason}`);
  }
}

async function setUp(): Promise<void> {
  try {
    if (await jsrAnswers()) return await vendorFromJsr();
  } catch (error) {
    // JSR answered, but did not deliver: npm may.
    return await vendorFromNpm(ROOT).catch(() => {
      throw error;
    });
  }
  await vendorFromNpm(ROOT);
}

if (!isReady()) {
  try {
    await setUp();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(`Cannot set up as neither JSR nor npm gave the dependencies: ${reason}`);
    Deno.exit(1);
  }
}
