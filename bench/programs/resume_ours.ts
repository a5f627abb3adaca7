// Resumes a journal in which all is done, and prints the time and the peak of memory.
import { main } from "../../src/cli/main.ts";

const [journal = "", ranges = ""] = Deno.args;
const start = performance.now();
const job = ["-n", ranges, "-c", "1", "-w", "1", "--journal", journal, "--resume"];
const end = await main(["run", ...job, "--reporter", "quiet", "--", "true"]);
if (!("code" in end) || end.code !== 0) throw new Error(`it ended with ${Deno.inspect(end)}`);
const seconds = (performance.now() - start) / 1000;
const status = await Deno.readTextFile("/proc/self/status").catch(() => "");
const peak = Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]);
console.log(JSON.stringify({ seconds, megabytes: peak * 1024 / 1e6 }));
