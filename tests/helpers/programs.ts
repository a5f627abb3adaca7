/** Whether a program is there; what cannot do without is skipped where it is not. */
export function has(program: string): boolean {
  const { success } = new Deno.Command("sh", {
    args: ["-c", `command -v ${program}`],
    stdout: "null",
    stderr: "null",
  }).outputSync();
  return success;
}
