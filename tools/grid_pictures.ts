/**
 * Takes pictures of the grid in real runs, at 80×24 and 200×50: `deno task grid-pictures FOLDER`. Writes SVG, and PNG if
 * rsvg-convert is installed.
 *
 * @module
 */
import { AnsiReporter, SubprocessExecutor, type TaskConfig } from "@lambdawaker/executor";
import { PatternProtocol } from "@lambdawaker/executor/protocol";
import type { Keyboard } from "@lambdawaker/executor/reporters";
import { rowToSvg, Screen, type Theme, toSvg } from "./screen.ts";

/** A run to take a picture of. */
interface Scene {
  readonly name: string;
  readonly config: TaskConfig;
  /** A script of sh that every worker runs, with its start, end and item as `$1`, `$2` and `$3`. */
  readonly script: string;
  /** When the picture is taken, in milliseconds after the start; absent for the end of the run. */
  readonly after?: number;
  /** When the run is stopped, in milliseconds after the start. */
  readonly stopAfter?: number;
  /** Keys that are pressed before the picture. */
  readonly keys?: readonly string[];
}

const SIZES = [[80, 24], [200, 50]] as const;

/** Counts items, each of which takes a while; a worker in seven fails at its first attempt. */
const COUNTING = `i=$1; while [ $i -lt $2 ]; do
  echo "MESSAGE: resizing photo-$i.jpg"; sleep 0.0$((3 + EXECUTOR_WORKER % 6)); i=$((i + 1))
  echo "PROGRESS: $((i - $1))"
  if [ $((EXECUTOR_WORKER % 7)) = 3 ] && [ $((i - $1)) = 9 ] && [ $EXECUTOR_ATTEMPT = 1 ]; then
    echo "photo-$i.jpg is broken" >&2; exit 3
  fi
done`;
/** Works on one item for a second or three, without a word. */
const ONE_ITEM = `sleep $((1 + EXECUTOR_START % 3)); [ $((EXECUTOR_START % 20)) != 7 ] || exit 1`;
/** Tells the per cent of its item. */
const SHARES = `p=0; while [ $p -lt 100 ]; do
  echo "$p% of $3"; p=$((p + 1 + EXECUTOR_START % 5)); sleep 0.05
done`;
/** Ends like a program of Python that is interrupted. */
const TRACEBACK =
  `trap 'printf "Traceback (most recent call last):\\n  File resize.py, line 12\\nKeyboardInterrupt\\n" >&2; exit 1' INT TERM
echo "PROGRESS: 2"; while :; do sleep 0.1; done`;

const names = (count: number) =>
  Array.from({ length: count }, (_, index) => `holiday/photo-${`${index}`.padStart(4, "0")}.jpg`);
/** Counts the items of each range that it gets. The process of each fifth worker ends at its third range. */
const RESIDENT = `exec python3 -c '
import os, sys, time
worker, done = int(os.environ["EXECUTOR_WORKER"]), 0
for line in sys.stdin:
    word, _, rest = line.strip().partition(": ")
    if word == "RANGE":
        id, start, end = map(int, rest.split())
    if word == "GO":
        done += 1
        if worker % 5 == 3 and done == 3:
            sys.exit("out of memory")
        for item in range(start, end):
            print(f"MESSAGE: resizing photo-{item}.jpg", f"PROGRESS: {item - start}", sep="\\n", flush=True)
            time.sleep(0.02 + worker % 6 / 100)
        print(f"STATUS: SUCCESS {id}", flush=True)
'`;

const ranges = (workers: number): TaskConfig => ({
  totalItems: 100 * workers,
  numWorkers: workers,
  maxRetries: 1,
  retryDelay: 60_000,
});

const SCENES: readonly Scene[] = [
  ...[1, 4, 24, 200].map((workers): Scene => ({
    name: `ranges-${workers}`,
    config: ranges(workers),
    script: COUNTING,
    after: 2_500,
  })),
  ...[1, 4, 24, 200].map((workers): Scene => ({
    name: `items-${workers}`,
    config: { items: names(3 * workers), numWorkers: workers },
    script: ONE_ITEM,
    after: 2_500,
  })),
  ...[4, 16, 40, 200].map((workers): Scene => ({
    name: `resident-${workers}`,
    config: { ...ranges(workers), chunkSize: 10, resident: true },
    script: RESIDENT,
    after: workers === 200 ? 8_000 : 4_000,
  })),
  {
    name: "shares-4",
    config: {
      items: names(8),
      numWorkers: 4,
      protocol: () => new PatternProtocol(/^(?<percent>\d+)% of (?<message>.*)/),
    },
    script: SHARES,
    after: 2_000,
  },
  { name: "stopped", config: ranges(24), script: TRACEBACK, stopAfter: 2_000 },
  {
    name: "failed",
    config: { items: names(200), numWorkers: 16 },
    script: `[ $((EXECUTOR_START % 70)) != 7 ] || { echo "$3: not a JPEG file" >&2; exit 1; }`,
  },
  {
    name: "one-failure-of-200",
    config: { items: names(200), numWorkers: 16 },
    script: `[ $EXECUTOR_START != 7 ] || exit 1; [ $EXECUTOR_START -lt 120 ] || sleep 60`,
    after: 3_000,
  },
  {
    name: "chosen",
    config: ranges(24),
    script: COUNTING,
    after: 2_500,
    keys: ["ArrowDown", "ArrowDown", "ArrowRight", "l"],
  },
  { name: "help", config: ranges(4), script: COUNTING, after: 2_500, keys: ["?"] },
  { name: "failures", config: ranges(24), script: COUNTING, after: 2_500, keys: ["f"] },
];

/** A keyboard that the program presses. */
class PressedKeyboard implements Keyboard {
  press: (key: string) => void = () => {};

  onKey(callback: (key: string) => void): Disposable {
    this.press = callback;
    return { [Symbol.dispose]() {} };
  }
}

async function take(folder: string, scene: Scene): Promise<void> {
  const { name, config, script, after, stopAfter, keys = [] } = scene;
  const control = new AbortController();
  const views = SIZES.map(([columns, rows]) => {
    const screen = new Screen(columns, rows);
    const keyboard = new PressedKeyboard();
    return {
      screen,
      keyboard,
      reporter: new AnsiReporter({ title: "Resize", terminal: screen, keyboard }),
    };
  });
  const executor = new SubprocessExecutor(
    config,
    (
      { item = "", extraData: { startIndex, endIndex } },
    ) => ["sh", "-c", script, "sh", `${startIndex}`, `${endIndex}`, item],
  );
  const running = executor.run(views.map(({ reporter }) => reporter), { signal: control.signal });
  if (stopAfter !== undefined) setTimeout(() => control.abort(), stopAfter);
  const shoot = async () => {
    for (const { screen } of views) await save(folder, name, screen);
  };
  if (after === undefined) {
    await running;
    return await shoot();
  }
  await new Promise((resolve) => setTimeout(resolve, after));
  for (const { keyboard } of views) for (const key of keys) keyboard.press(key);
  if (keys.length > 0) await new Promise((resolve) => setTimeout(resolve, 1_000));
  await shoot();
  control.abort();
  await running;
}

async function save(folder: string, name: string, screen: Screen): Promise<void> {
  const { columns, rows } = screen;
  const body = screen.look().map((runs, row) => rowToSvg(runs, row)).join("\n");
  for (const theme of ["dark", "light"] as const satisfies Theme[]) {
    const path = `${folder}/${name}-${columns}x${rows}-${theme}`;
    await Deno.writeTextFile(`${path}.svg`, toSvg(body, { columns, rows, theme, label: name }));
    await toPng(path);
  }
}

async function toPng(path: string): Promise<void> {
  try {
    await new Deno.Command("rsvg-convert", { args: ["-o", `${path}.png`, `${path}.svg`] }).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

const [folder, ...wanted] = Deno.args;
if (folder === undefined) {
  console.error("usage: deno task grid-pictures FOLDER [SCENE…]");
  Deno.exit(2);
}
// Colours of the grid as exact values.
Deno.env.set("FORCE_COLOR", "3");
await Deno.mkdir(folder, { recursive: true });
for (const scene of SCENES) {
  if (wanted.length === 0 || wanted.includes(scene.name)) await take(folder, scene);
}
Deno.exit();
