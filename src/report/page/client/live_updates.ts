/**
 * A page that follows a run while it goes on.
 *
 * @module
 */
import type { RunHistory } from "../../history/history.ts";
import { applyChanges, decodeChanges } from "../../history/wire.ts";
import { byId, setText } from "./dom.ts";

/** What the server sends its events through. */
export interface Stream {
  addEventListener(type: string, listener: (event: { readonly data: string }) => void): void;
  close(): void;
}

declare const EventSource: new (url: string) => Stream;
declare function setInterval(callback: () => void, ms: number): number;

/** Shows a run as it goes on, until it has ended. */
export function followRun(show: (history: RunHistory) => void): void {
  let history: RunHistory | undefined;
  let heardAt = 0;
  let isConnected = false;
  const stream = new EventSource("events");
  const take = (json: string) => {
    const changes = decodeChanges(json);
    // The first ones after a connection was made are the whole.
    history = applyChanges(isConnected ? history : undefined, changes);
    isConnected = true;
    heardAt = performance.now();
    show(history);
  };
  stream.addEventListener("open", () => showConnection("live"));
  stream.addEventListener("error", () => {
    isConnected = false;
    showConnection("lost");
  });
  stream.addEventListener("changes", ({ data }) => take(data));
  stream.addEventListener("end", ({ data }) => {
    take(data);
    stream.close();
    showConnection("over");
  });
  setInterval(() => {
    // What is at work goes on though nothing is said of it.
    if (history === undefined || !isConnected) return;
    if (history.phase !== "running" || history.isSuspended) return;
    show({ ...history, now: history.now + performance.now() - heardAt });
  }, 1_000);
}

/** What is said about the connection. */
export const CONNECTION_TEXTS = {
  live: "Live",
  lost: "Connection lost, trying again …",
  over: "The run is over; this page stays as it is",
} as const;

/** Shows whether there is a connection. */
export function showConnection(state: keyof typeof CONNECTION_TEXTS): void {
  const element = byId("connection");
  element.hidden = false;
  element.dataset.state = state;
  setText(element, CONNECTION_TEXTS[state]);
}
