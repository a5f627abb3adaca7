import { assertEquals } from "@std/assert";
import { type JobState, parseJobState } from "../../../src/launchers/slurm/job_state.ts";

const said = (state: string, preempted = "None") => ({
  success: true,
  stdout: `JobId=7 JobName=x JobState=${state} Reason=None PreemptTime=${preempted} Requeue=1`,
  stderr: "",
});

const STATES: [state: string, fate: JobState][] = [
  ["RUNNING", "open"],
  ["SUSPENDED", "held"],
  ["CONFIGURING", "held"],
  ["COMPLETING", "held"],
  ["PENDING", "held"],
  ["REQUEUED", "held"],
  ["CANCELLED", "gone"],
  ["COMPLETED", "gone"],
  ["TIMEOUT", "gone"],
  ["FAILED", "gone"],
  ["NODE_FAIL", "gone"],
  ["PREEMPTED", "gone"],
];

for (const [state, fate] of STATES) {
  Deno.test(`steps of a job that is ${state}: ${fate}`, () => {
    assertEquals(parseJobState(said(state)), fate);
  });
}

Deno.test("a job that is about to be preempted begins nothing more", () => {
  assertEquals(parseJobState(said("RUNNING", "2026-01-01T10:00:00")), "held");
});

Deno.test("a job that Slurm does not know is gone; one that it does not tell of is not", () => {
  const failed = { success: false, stdout: "" };
  const unknown = "slurm_load_jobs error: Invalid job id specified";
  assertEquals(parseJobState({ ...failed, stderr: unknown }), "gone");
  const away = "slurm_load_jobs error: Unable to contact slurm controller (connect failure)";
  assertEquals(parseJobState({ ...failed, stderr: away }), "open");
});
