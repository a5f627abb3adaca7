/**
 * Live updates: follows a run through server-sent events, and shows the state of the connection.
 *
 * @module
 */
import type { RunHistory } from "../../history/history.ts";
import { applyChanges, decodeChanges } from "../../history/wire.ts";
import { byId, setText } from "./dom.ts";

/** Shows a run until it has ended. */
export function followRun(show: (history: RunHistory) => void): void {
  let history: RunHistory | undefined;
  let receivedAt = 0;
  let isConnected = false;
  const stream = new EventSource("events");
  const apply = (json: string) => {
    const changes = decodeChanges(json);
    // The first changes of a connection are the whole history.
    history = applyChanges(isConnected ? history : undefined, changes);
    isConnected = true;
    receivedAt = performance.now();
    show(history);
  };
  stream.addEventListener("open", () => showConnection("live"));
  stream.addEventListener("error", () => {
    isConnected = false;
    showConnection("lost");
  });
  stream.addEventListener("changes", ({ data }) => apply(data));
  stream.addEventListener("end", ({ data }) => {
    apply(data);
    stream.close();
    showConnection("over");
  });
  setInterval(() => {
    // Time goes on between two changes.
    if (history === undefined || !isConnected) return;
    if (history.phase !== "running" || history.isSuspended) return;
    const passed = performance.now() - receivedAt;
    const { now, eta } = history;
    const left = eta === undefined ? undefined : Math.max(0, eta - passed);
    show({ ...history, now: now + passed, eta: left });
  }, 1_000);
}

/** Descriptions of the states of the connection. */
const CONNECTION_TEXTS = {
  live: "Live",
  lost: "Connection lost, trying again …",
  over: "The run is over; this page stays as it is",
} as const;

/** Shows the state of the connection. */
function showConnection(state: keyof typeof CONNECTION_TEXTS): void {
  const element = byId("connection");
  element.hidden = false;
  element.dataset.state = state;
  setText(element, CONNECTION_TEXTS[state]);
}
