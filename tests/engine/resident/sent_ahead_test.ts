// What becomes of a range that was sent ahead, and whose attempt cannot begin.
import { assertEquals } from "@std/assert";
import { runCli } from "../../helpers/cli.ts";
import { textOf } from "../../helpers/files.ts";
import { withFolder } from "../../helpers/journal.ts";
import { RESIDENT_WORKER } from "../../helpers/run_resident.ts";

for (const isDeaf of [false, true]) {
  const worker = isDeaf ? "a worker that ignores SIGTERM" : "a worker";
  Deno.test(`a range that was sent ahead loses its results: ${worker} is given up, and each range has its own output`, async () => {
    await withFolder(async (folder) => {
      const results = `${folder}/results`;
      const script =
        `sleep 0.02; [ $start != 5 ] || touch ${results}/range-00012; echo item $start`;
      const shell = `${isDeaf ? "trap '' TERM; " : ""}exec sh ${RESIDENT_WORKER} "$0"`;
      const args = ["run", "--resident", "-n", "30", "-c", "1", "-w", "1", "--results", results];
      const { code } = await runCli([
        ...[...args, "--grace-period", "300ms", "--reporter", "quiet"],
        ...["--", "sh", "-c", shell, script],
      ]);
      assertEquals(code, 1);
      for (let range = 0; range < 30; range++) {
        const file = `${results}/range-${`${range}`.padStart(5, "0")}`;
        if (range === 12) continue;
        assertEquals(await textOf(`${file}/stdout`), `item ${range}\n`);
        assertEquals(await textOf(`${file}/exit`), "SUCCESS\n");
      }
    });
  });
}
