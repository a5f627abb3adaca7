import { assertEquals } from "@std/assert";
import {
  NOT_STOPPED,
  requestStop,
  type StopProgress,
  type StopRequest,
  type StopState,
} from "../../../src/engine/stop/level.ts";

const int: StopRequest = { how: "stop", cause: { kind: "signal", signal: "SIGINT" } };
const term: StopRequest = { how: "stop", cause: { kind: "signal", signal: "SIGTERM" } };
const hup: StopRequest = { how: "stop", cause: { kind: "signal", signal: "SIGHUP" } };
const abort: StopRequest = { how: "stop", cause: { kind: "abort" } };
const timeout: StopRequest = { how: "stop", cause: { kind: "runTimeout" } };
const drain: StopRequest = { how: "drain", cause: { kind: "halt", failures: 3 } };
const kill: StopRequest = { how: "stop", cause: { kind: "halt", failures: 3 } };
const REQUESTS = { int, term, hup, abort, timeout, drain, kill };
const SIGNALS = ["int", "term", "hup"] as const;
const OTHERS = ["abort", "timeout", "kill"] as const;
type Name = keyof typeof REQUESTS;

function levelAfter(...names: Name[]): StopProgress {
  return names.reduce<StopState>((state, name) => requestStop(state, REQUESTS[name]), NOT_STOPPED)
    .level;
}

Deno.test("the first signal asks, the second kills, the third leaves, whichever they are", () => {
  for (const first of SIGNALS) {
    assertEquals(levelAfter(first), "stop");
    for (const second of SIGNALS) {
      assertEquals(levelAfter(first, second), "kill");
      for (const third of SIGNALS) {
        assertEquals(levelAfter(first, second, third), "exit");
        for (const any of Object.keys(REQUESTS) as Name[]) {
          assertEquals(levelAfter(first, second, third, any), "exit");
        }
      }
    }
  }
});

Deno.test("what is no signal asks, and never more", () => {
  for (const first of OTHERS) {
    assertEquals(levelAfter(first), "stop");
    for (const second of [...OTHERS, "drain"] as const) {
      assertEquals(levelAfter(first, second), "stop");
    }
  }
});

Deno.test("a drain starts no more, and gives way to all else", () => {
  assertEquals(levelAfter("drain"), "drain");
  assertEquals(levelAfter("drain", "drain"), "drain");
  for (const other of OTHERS) assertEquals(levelAfter("drain", other), "stop");
  for (const signal of SIGNALS) assertEquals(levelAfter("drain", signal), "stop");
});

Deno.test("a person's first signal asks even when something else has asked before", () => {
  for (const other of OTHERS) {
    assertEquals(levelAfter(other, "int"), "stop");
    assertEquals(levelAfter(other, "int", other, "int"), "kill");
  }
});
