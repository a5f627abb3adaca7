/**
 * Hooks and notification of a run: what is done for a person beside it and after its end.
 *
 * @module
 */
import { unlessAborted } from "../base/abort.ts";
import { awakeClock, withTimeout } from "../base/clock.ts";
import { onStopSignal } from "../engine/stop/signals.ts";
import type { RunEvent } from "../model/events.ts";
import type { Reporter } from "../model/reporter.ts";
import { elapsedMs, type RunState } from "../model/state.ts";
import type { RunSummary, StopSignal } from "../model/types.ts";
import { FailureHook } from "../reporters/hooks/failure_hook.ts";
import { endCall, endWord } from "../reporters/hooks/hook_call.ts";
import { HookGuard } from "../reporters/hooks/hook_guard.ts";
import { GRACE_MS, runHook } from "../reporters/hooks/hook_process.ts";
import { notify } from "../reporters/hooks/notification.ts";
import { drawSummary } from "../reporters/summary.ts";
import { omissionText } from "../reporters/wording.ts";
import { LineWriter } from "../terminal/line_writer.ts";
import type { RunValues } from "./options.ts";
import { isPrinter } from "./output.ts";
import { printError } from "./stderr.ts";

/** The options that it is made of. */
export interface AfterRunOptions
  extends Partial<Pick<RunValues, "onEnd" | "onFailure" | "hookTimeout" | "notify">> {
  /** Title of the run. */
  readonly title: string;
  /** Returns where the journal is, if there is one. */
  readonly journal?: () => string;
}

/** How long a line may take to be printed after a signal, in milliseconds. */
const FLUSH_MS = 500;

/** Runs the hooks of a run, and notifies the person. Give it to the run as a reporter, and call `finish` with the summary. */
export class AfterRun implements Reporter, Disposable {
  readonly #options: AfterRunOptions & { readonly hookTimeout: number };
  readonly #writer: LineWriter;
  readonly #onFailure: FailureHook | undefined;
  readonly #killed = new AbortController();
  readonly #guard = new HookGuard();
  #print: (text: string) => Promise<void> = printError;
  #signals: Disposable | undefined;
  /** Whether the run itself takes no signals any more. */
  #isAlone = false;
  /** Whether the hook at the end has still to end. */
  #awaitsEnd = false;
  #signal: StopSignal | undefined;
  #state: RunState | undefined;

  /** Creates it; `reporters` has the one that draws, if there is one. */
  constructor(options: AfterRunOptions & { hookTimeout: number }, reporters: readonly Reporter[]) {
    this.#options = options;
    this.#writer = new LineWriter({ write: (text) => this.#print(text) });
    const grid = reporters.find(isPrinter);
    if (grid !== undefined && Deno.stderr.isTerminal()) {
      this.#print = (text) => grid.print(new TextEncoder().encode(text), "stderr");
    }
    const { onFailure: line, hookTimeout: limit, title, journal } = options;
    const guard = this.#guard;
    if (line === undefined) return;
    const print = (lines: string) => this.#write(lines);
    const note = (text: string) => this.#note(text);
    this.#onFailure = new FailureHook({ line, limit, title, journal, guard, print, note });
  }

  /** See {@linkcode Reporter.report}. */
  report(event: RunEvent, state: RunState): void {
    this.#state = state;
    this.#onFailure?.report(event, state);
    if (event.kind !== "run-ended") return;
    // From here on, so that no signal falls between the run and what comes after it.
    this.#signals = onStopSignal((signal) => this.#stop(signal));
    if (this.#options.onEnd === undefined && this.#onFailure === undefined) return;
    const warn = (text: string) => this.#note(`warning: ${text}`);
    this.#guard.start({ runId: state.runId, gracePeriod: GRACE_MS, warn });
  }

  /** See {@linkcode Reporter.abandon}. */
  abandon(): void {
    this.#killed.abort();
    this.#onFailure?.abandon();
    this[Symbol.dispose]();
  }

  /**
   * Runs the hook at the end, and ends what is left of the others. Resolves within the limit of time, or when a signal comes:
   * then to that signal. Never rejects.
   */
  async finish(summary: RunSummary): Promise<StopSignal | undefined> {
    this.#isAlone = true;
    this.#print = printError;
    const isKilled = this.#state?.stopping?.how === "kill" && summary.stoppedBy?.kind === "signal";
    this.#awaitsEnd = this.#options.onEnd !== undefined;
    if (isKilled) this.#skip("was skipped, as a second signal stopped the run");
    const kill = this.#killed.signal;
    await Promise.all([
      this.#onFailure?.settle(kill),
      this.#callEnd(summary),
      this.#notify(summary),
    ]);
    const omitted = this.#writer.takeOmitted();
    if (omitted > 0) this.#writer.write(`${omissionText(omitted)}\n`);
    await this.#flush(kill);
    await this.#guard[Symbol.asyncDispose]();
    this[Symbol.dispose]();
    return this.#signal;
  }

  /** Stops listening to signals. */
  [Symbol.dispose](): void {
    this.#signals?.[Symbol.dispose]();
    this.#signals = undefined;
  }

  #stop(signal: StopSignal): void {
    if (!this.#isAlone) return;
    this.#signal = signal;
    if (!this.#killed.signal.aborted) this.#skip(`was ended by ${signal}`);
  }

  /** Waits until all is printed; if a signal comes, only for a moment, as stderr may have a reader that takes nothing. */
  async #flush(kill: AbortSignal): Promise<void> {
    const flushed = this.#writer.flush().catch(() => {}).then(() => true);
    if (await unlessAborted(flushed, kill)) return;
    await withTimeout(flushed, { ms: FLUSH_MS, clock: awakeClock });
  }

  /** Does without what is not done yet. */
  #skip(what: string): void {
    if (this.#awaitsEnd) this.#note(`--on-end ${what}`);
    this.#killed.abort();
  }

  async #callEnd(summary: RunSummary): Promise<void> {
    const { onEnd: line, hookTimeout: limit, title, journal } = this.#options;
    if (line === undefined) return;
    const kill = this.#killed.signal;
    const print = (lines: string) => this.#write(lines);
    const guard = this.#guard;
    const call = endCall(summary, { line, title, journal });
    const fault = await runHook(call, { limit, kill, guard, print });
    this.#awaitsEnd = false;
    if (fault !== undefined) this.#note(`--on-end ${fault}`);
  }

  async #notify(summary: RunSummary): Promise<void> {
    const { notify: least, title } = this.#options;
    const state = this.#state;
    if (least === undefined || state === undefined) return;
    if (elapsedMs(state, state.endedAt ?? state.startedAt) < least) return;
    const totals = drawSummary(state, { title }).at(-1) ?? [];
    const terminal = [Deno.stderr, Deno.stdout].find((stream) => stream.isTerminal());
    await notify({
      heading: `${title}: ${endWord(summary)}`,
      body: totals.map(({ text }) => text).join(""),
    }, {
      kill: this.#killed.signal,
      write: terminal && (async (text) => {
        await terminal.write(new TextEncoder().encode(text));
      }),
    });
  }

  #write(lines: string): void {
    if (this.#writer.mayWrite(lines.split("\n").length - 1)) this.#writer.write(lines);
  }

  #note(text: string): void {
    this.#writer.write(`executor: ${text}\n`);
  }
}
