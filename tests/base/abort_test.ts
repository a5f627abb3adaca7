import { assertEquals } from "@std/assert";
import { linkSignals } from "../../src/base/abort.ts";

Deno.test("a linked signal is aborted with the first of the others, at once if one has been", () => {
  const [first, second] = [new AbortController(), new AbortController()];
  using early = linkSignals(first.signal, second.signal);
  assertEquals(early.signal.aborted, false);
  second.abort();
  assertEquals(early.signal.aborted, true);
  using late = linkSignals(first.signal, second.signal);
  assertEquals(late.signal.aborted, true);
});

Deno.test("a linked signal leaves no listener behind when it is disposed of", () => {
  const { signal } = new AbortController();
  const listeners = new Set<unknown>();
  signal.addEventListener = (_: string, listener: unknown) => void listeners.add(listener);
  signal.removeEventListener = (_: string, listener: unknown) => void listeners.delete(listener);
  {
    using _linked = linkSignals(signal);
    assertEquals(listeners.size, 1);
  }
  assertEquals(listeners.size, 0);
});
