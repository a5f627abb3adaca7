// Workers that give an answer which ends no range, and what becomes of them.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { causeText } from "../../../src/reporters/wording.ts";
import { LINUX, needs, testWith } from "../../helpers/needs.ts";
import { runResident } from "../../helpers/run_resident.ts";

const WRONG_ANSWERS: [what: string, answer: string, fault: string][] = [
  ["has no id", 'echo "STATUS: SUCCESS"', 'printed "STATUS: SUCCESS" without an id'],
  ["has the first item for its id", 'echo "STATUS: SUCCESS 5$start"', "that it has not got"],
  ["stands behind other text", 'printf x; echo "STATUS: SUCCESS $id"', "behind other text"],
];

for (const [what, answer, fault] of WRONG_ANSWERS) {
  Deno.test(`a worker whose answer ${what}, and that waits then, is ended`, async () => {
    const result = await runResident(
      `echo PROGRESS: 2; [ $start = 2 ] || answer SUCCESS; [ $start != 2 ] || { ${answer}; answered=yes; }`,
      { readyTimeout: 1_000, runTimeout: 30_000 },
    );
    assertEquals([result.summary.counts.SUCCESS, result.summary.counts.CRASHED], [2, 1]);
    const { cause } = result.summary.failures[0]!;
    assertEquals(cause.kind, "fault");
    assertStringIncludes(causeText(cause), fault);
    assertMatch(
      causeText(cause),
      /^the resident worker printed .* and has done nothing since then$/,
    );
  });
}

const SIGNS_OF_LIFE = {
  "prints": "for i in 1 2 3 4 5 6 7 8 9; do echo $i; sleep 0.3; done",
  "computes": "end=$(($(date +%s) + 3)); while [ $(date +%s) -lt $end ]; do :; done",
};

for (const [what, script] of Object.entries(SIGNS_OF_LIFE)) {
  testWith(
    `a worker that ${what} after a status without an id is not ended`,
    needs(LINUX),
    async () => {
      const { summary } = await runResident(`echo "STATUS: FAILED"; ${script}`, {
        totalItems: 2,
        readyTimeout: 1_000,
      });
      assertEquals([summary.ok, summary.warnings.length], [true, 1]);
    },
  );
}
