// Whom a directory belongs to, when the run that took it was killed at once.
import { assertEquals, assertThrows } from "@std/assert";
import { ownIdentity } from "../../src/base/process_identity.ts";
import {
  BusyDirectoryError,
  claimDirectory,
  ForeignDirectoryError,
} from "../../src/output/owned_directory.ts";
import { withFolder } from "../helpers/journal.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";

const CONTENT = { what: "results", names: /^range-/ };
const OWNER = ".executor-run";

testWith(
  "a directory of a run that was killed before it wrote anything is free",
  needs(LINUX),
  async () => {
    await withFolder((folder) => {
      const claim = (runId: string) => claimDirectory(folder, { runId }, CONTENT)[Symbol.dispose]();
      const owner = () => Deno.readTextFileSync(`${folder}/${OWNER}`).split("\n")[0];
      const setOwner = (runId: string, startTicks: number) => {
        const identity = JSON.stringify({ ...ownIdentity(), startTicks });
        Deno.writeTextFileSync(`${folder}/${OWNER}`, `${runId}\n${identity}\n`);
      };
      claim("a");
      assertEquals(owner(), "a");
      // The executor of "a" lives.
      assertThrows(() => claim("b"), ForeignDirectoryError, "it has the results of the run a");
      // No process has started with the machine and has this id.
      setOwner("a-longer-name", 1);
      claim("b");
      assertEquals(owner(), "b");
      setOwner("a", 1);
      Deno.mkdirSync(`${folder}/range-00000`);
      assertThrows(() => claim("c"), ForeignDirectoryError, "it has the results of the run a");
      Deno.removeSync(`${folder}/range-00000`);
      // An older version has not written the process.
      Deno.writeTextFileSync(`${folder}/${OWNER}`, "a\n");
      assertThrows(() => claim("c"), ForeignDirectoryError, "it has the results of the run a");
      return Promise.resolve();
    });
  },
);

testWith(
  "what is no file in the place of the owner is refused",
  needs(LINUX, "mkfifo"),
  async () => {
    await withFolder(async (folder) => {
      await new Deno.Command("mkfifo", { args: [`${folder}/${OWNER}`] }).output();
      const claim = () => claimDirectory(folder, { runId: "a" }, CONTENT);
      assertThrows(claim, Error, `${folder}/${OWNER} is no regular file`);
    });
  },
);

testWith("a directory is locked until its run has ended", needs(LINUX), async () => {
  await withFolder((folder) => {
    const earlier = { runIds: ["a"], results: new Set<string>() };
    const resume = () => claimDirectory(folder, { runId: "b", earlier }, CONTENT);
    const first = claimDirectory(folder, { runId: "a" }, CONTENT);
    assertThrows(resume, BusyDirectoryError, "it is being written by another run");
    first[Symbol.dispose]();
    resume()[Symbol.dispose]();
    assertEquals(Deno.readTextFileSync(`${folder}/${OWNER}`).split("\n")[0], "a");
    return Promise.resolve();
  });
});
