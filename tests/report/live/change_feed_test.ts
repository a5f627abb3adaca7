import { assertEquals } from "@std/assert";
import { ChangeFeed } from "../../../src/report/live/change_feed.ts";

Deno.test("a follower gets the whole value first, then the steps", async () => {
  let state = "a";
  const feed = new ChangeFeed(() => `whole ${state};`);
  const follower = feed.follow();
  assertEquals(await follower.next(), "whole a;");
  const next = follower.next();
  state = "b";
  feed.step("to b;");
  assertEquals(await next, "to b;");
  feed.step("to c;");
  feed.step("to d;");
  assertEquals(await follower.next(), "to c;to d;");
  state = "d";
  assertEquals(await feed.follow().next(), "whole d;");
  const last = follower.next();
  feed.step("the end;");
  feed.end();
  assertEquals([await last, await follower.next()], ["the end;", undefined]);
});

Deno.test("a follower that is far behind gets the whole value again, and no queue is kept for it", async () => {
  let [state, wholes] = [0, 0];
  const feed = new ChangeFeed(() => {
    wholes++;
    return `whole ${state};`;
  });
  const [slow, slower] = [feed.follow(), feed.follow()];
  await slow.next();
  await slower.next();
  assertEquals(wholes, 1, "one text for all");
  for (state = 1; state <= 100; state++) feed.step(`to ${state};`);
  state = 100;
  assertEquals([await slow.next(), await slower.next()], ["whole 100;", "whole 100;"]);
  assertEquals(wholes, 2);
});

Deno.test("after a step without text, a follower gets the whole value", async () => {
  const feed = new ChangeFeed(() => "whole;");
  const follower = feed.follow();
  await follower.next();
  feed.step("a step;");
  feed.step(undefined);
  feed.step("another step;");
  assertEquals(await follower.next(), "whole;");
});
