import { assertEquals } from "@std/assert";
import { Semaphore } from "../../src/base/semaphore.ts";

Deno.test("a permit that is given back goes to the one that waited longest", async () => {
  const semaphore = new Semaphore(2);
  const first = await semaphore.acquire();
  const second = await semaphore.acquire();
  const order: string[] = [];
  const wait = async (name: string) => {
    using _permit = await semaphore.acquire();
    order.push(name);
  };
  const waiting = [wait("third"), wait("fourth")];
  await Promise.resolve();
  assertEquals(order, []);
  first[Symbol.dispose]();
  await Promise.all(waiting);
  assertEquals(order, ["third", "fourth"]);
  second[Symbol.dispose]();
});
