// Writes the states of a run at ten frames a second, in which each worker makes progress and prints a message.
const [path = "", workers = ""] = Deno.args;
const FRAMES = 300;
/** Items of a range. */
const TOTAL = 1_000;

const frames = Array.from({ length: FRAMES }, (_, frame) => ({
  workers: Array.from({ length: Number(workers) }, (_, index) => {
    const progress = Math.min(TOTAL, frame * (1 + index % 3));
    return {
      index,
      status: "RUNNING",
      progress,
      message: `resizing image ${progress}.png`,
      start: TOTAL * index,
      end: TOTAL * (index + 1),
    };
  }),
}));
await Deno.writeTextFile(path, JSON.stringify({ total: TOTAL, states: frames }));
