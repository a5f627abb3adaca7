// Only text reaches the terminal, whatever workers, arguments and file names contain.
import { AnsiReporter, PlainReporter, SubprocessExecutor } from "@lambdawaker/executor";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { withFolder } from "../helpers/journal.ts";
import { ScreenTerminal } from "../helpers/screen_terminal.ts";

const HOSTILE = [
  "\x1b]0;evil\x07",
  "\x1b]52;c;ZXZpbA==\x07",
  "\x1b]8;;http://evil\x1b\\link",
  "\x1b[2J\x1b[H\x1b[10;10H\x1b[31m",
  "\x1b[?1049h\x1b[?25h\x1b[6n",
  "\x1bPq#0evil\x1b\\",
  "\x1b_Gevil\x1b\\",
  "\u009b2J\u009d0;evil\u009c",
  "\u202Edlrow\u2066x\u200F",
  "\b\x7f\x0e\x1bc",
].join("");

/** The control sequences of the reporters: cursor movements, erasing, colours, cursor and update modes. */
// deno-lint-ignore no-control-regex
const OWN = /\x1b\[(?:\d*[ABCJK]|\d*m|\?25[hl]|\?2026[hl])/g;

/** Prints hostile text in every kind of signal, and its argument as a log line. */
const SCRIPT = String.raw`
  printf 'MESSAGE: %s said\n' "$1"
  printf '%s logged\n' "$1"
  printf '%s to stderr\n' "$1" >&2
  printf 'MESSAGE: \000nul \377\376\300 invalid\n'
  printf 'STATUS: %s\nPROGRESS: %s\n' "$1" "$1"
  sleep 0.3
  printf 'MESSAGE: '; head -c 10000000 /dev/zero | tr '\000' y; echo
  printf 'MESSAGE: last words %s\n' "$1"
  exit 3`;

async function runHostile(
  terminal: ScreenTerminal,
  makeReporter: (title: string) => AnsiReporter | PlainReporter,
): Promise<void> {
  await withFolder(async (folder) => {
    const logDir = `${folder}/logs${HOSTILE.replaceAll("/", "")}`;
    const executor = new SubprocessExecutor(
      { totalItems: 4, numWorkers: 4, maxRetries: 1, retryDelay: 10, logDir },
      ({ index }) => {
        if (index === 0) return [`no${HOSTILE}such`];
        if (index === 1) return ["echo", `${HOSTILE}\0nul`];
        if (index === 2) throw new Error(HOSTILE);
        return ["sh", "-c", SCRIPT, "sh", HOSTILE];
      },
    );
    const summary = await executor.run(makeReporter(`Job ${HOSTILE}`));
    assertEquals(summary.failures.length, 4);
    assert(summary.droppedBytes > 9_000_000);
    await terminal.write("");
  });
}

const REPORTERS = {
  grid: (terminal: ScreenTerminal) => (title: string) =>
    new AnsiReporter({ title, terminal, color: "always" }),
  plain: (terminal: ScreenTerminal) => (title: string) =>
    new PlainReporter({ title, terminal, color: "always" }),
};

for (const [name, makeReporter] of Object.entries(REPORTERS)) {
  Deno.test(`hostile text is shown as text, ${name}`, async () => {
    using terminal = new ScreenTerminal(100, 40);
    const commands: string[] = [];
    terminal.onTitleChange((title) => commands.push(title));
    terminal.onCommand((command) => commands.push(command));
    await runHostile(terminal, makeReporter(terminal));
    assertEquals(commands, []);
    assertEquals(await terminal.modes(), { alternate: false, cursorHidden: false });
    const rest = terminal.written.replace(OWN, "").replace(/[\r\n]/g, "");
    // deno-lint-ignore no-control-regex
    assertEquals(/[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/.exec(rest), null);
    // Lines without carriage returns begin anywhere, and a word may continue in the next row.
    const screen = terminal.lines().join("");
    assertStringIncludes(screen, "logged");
    assertStringIncludes(screen, "command not found: no");
    assertStringIncludes(screen, "last words");
    // Of 10 MB, only what fits into a line.
    assert(terminal.written.length < 300_000, `${terminal.written.length} characters`);
  });
}
