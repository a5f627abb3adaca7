import { PatternProtocol, type Signal, type ToolName, toolProtocol } from "@lambdawaker/executor";
import { assertEquals, assertThrows } from "@std/assert";

const share = (share: number, message?: string): Signal => ({
  kind: "share",
  share,
  ...(message && { message }),
});
const log: Signal = { kind: "log" };

Deno.test("each group says what it should", () => {
  const parse = (pattern: RegExp, line: string) =>
    new PatternProtocol([pattern]).parse(line, "stderr");
  assertEquals(parse(/(?<percent>[\d.]+)%/, "at 12.5% now"), share(0.125));
  assertEquals(parse(/(?<percent>[\d.]+)%/, "at 250%"), share(1));
  assertEquals(parse(/(?<done>\S+) of (?<total>\S+)/, "1,000 of 4,000"), share(0.25));
  assertEquals(parse(/(?<done>\S+) of (?<total>\S+)/, "5 of 0"), { kind: "progress", done: 5 });
  assertEquals(parse(/(?<done>\d+) files/, "7 files"), { kind: "progress", done: 7 });
  assertEquals(parse(/(?<done>\S+) files/, "many files"), log);
  assertEquals(parse(/file (?<message>.*)/, "file a.txt "), { kind: "message", text: "a.txt" });
  assertEquals(parse(/(?<percent>\d+)% (?<message>.*)/, "5% a"), share(0.05, "a"));
  assertEquals(parse(/(?<percent>\d+)%/, "nothing of the kind"), log);
  assertEquals(parse(/^(?<percent>\d+)%/, "\x1b[2K\x1b[32m40%\x1b[0m"), share(0.4));
});

Deno.test("a total that comes first is remembered", () => {
  const protocol = new PatternProtocol([/^total (?<total>\d+)/, /^at (?<done>\d+)/]);
  assertEquals(protocol.parse("at 3", "stdout"), { kind: "progress", done: 3 });
  assertEquals(protocol.parse("total 12", "stdout"), log);
  assertEquals(protocol.parse("at 3", "stdout"), share(0.25));
});

Deno.test("the flags g and y have no say in which lines match", () => {
  const protocol = new PatternProtocol([/(?<percent>\d+)%/gy]);
  for (let line = 0; line < 3; line++) assertEquals(protocol.parse("x 50%", "stdout"), share(0.5));
});

Deno.test("the three prefixes count on stdout still", () => {
  const protocol = new PatternProtocol([/(?<percent>\d+)%/]);
  assertEquals(protocol.parse("PROGRESS: 3", "stdout"), { kind: "progress", done: 3 });
  assertEquals(protocol.parse("PROGRESS: 3", "stderr"), log);
});

Deno.test("a pattern without a group that says something is refused", () => {
  assertThrows(() => new PatternProtocol([/\d+/]), RangeError, "a pattern must have a group");
});

/** Lines as the programs print them. */
const LINES: Record<ToolName, [line: string, signal: Signal][]> = {
  ffmpeg: [
    ["  Duration: 00:00:20.00, start: 0.000000, bitrate: 47 kb/s", log],
    [
      "frame=  213 fps=0.0 q=29.0 size=       0kB time=00:00:05.00 bitrate=   0.1kbits/s",
      share(0.25),
    ],
    ["out_time=00:00:10.000000", share(0.5)],
    ["frame=    1 fps=0.0 q=0.0 size=       0kB time=N/A bitrate=N/A speed=N/A", log],
  ],
  rsync: [
    ["     10,518,528  35%    9.78MB/s    0:00:01  ", share(0.35)],
    ["          1.50G   7%    9.78MB/s    0:00:01 (xfr#1, to-chk=0/1)", share(0.07)],
    ["sent 30,007,428 bytes  received 35 bytes", log],
  ],
  curl: [
    [" 30 7812k   30 2343k    0     0  3108k      0  0:00:02 --:--:--  0:00:02 3104k", share(0.3)],
    ["100 7812k  100 7812k    0     0  2732k      0  0:00:02  0:00:02 --:--:-- 2731k", share(1)],
    ["  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current", log],
    ["##########                    15.0%", share(0.15)],
  ],
  wget: [
    ["   300K .......... .......... .......... .......... ..........  3%  241M 0s", share(0.03)],
    ["  7800K .......... ..                                         100%  553M=2.9s", share(1)],
    ["w1                   10%[=>                  ] 789.25K  2.56MB/s    ", share(0.1)],
    ["Saving to: ‘w1’", { kind: "message", text: "‘w1’" }],
  ],
  tqdm: [
    [" 40%|████      | 12/30 [00:00<00:00, 19.55it/s]", share(0.4)],
    ["photos:   5%|▌         | 5/100 [00:01<00:20,  4.5it/s]", share(0.05, "photos")],
  ],
  pv: [
    ["20.0MiB 0:00:01 [18.4MiB/s] [======>     ] 69% ETA 0:00:00", share(0.69)],
    ["69", share(0.69)],
  ],
  docker: [
    ["#5 [2/4] RUN apt-get update", share(0.5, "RUN apt-get update")],
    ["#8 [builder 3/6] COPY . .", share(0.5, "COPY . .")],
    ["#5 DONE 1.2s", { kind: "message", text: "DONE 1.2s" }],
    ["#5 0.412 Get:1 http://deb.debian.org bookworm InRelease", log],
  ],
  pip: [
    ["Progress 2000000 of 8000000", share(0.25)],
    ["     ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 2.0/8.0 MB 4.0 MB/s eta 0:00:00", share(0.25)],
    ["Collecting bigpkg==1.0", { kind: "message", text: "Collecting bigpkg==1.0" }],
  ],
  apt: [
    ["dlstatus:1:20.0000:Retrieving file 1 of 1", share(0.2, "Retrieving file 1 of 1")],
    ["pmstatus:bigpkg:50.0000:Unpacking bigpkg (amd64)", share(0.5, "Unpacking bigpkg (amd64)")],
    ["pmstatus:libc6:amd64:25.0000:Configuring libc6", share(0.25, "Configuring libc6")],
    ["Fetched 8002 kB in 2s (3951 kB/s)", log],
  ],
};

for (const [name, lines] of Object.entries(LINES)) {
  Deno.test(`lines of ${name}`, () => {
    const protocol = toolProtocol(name as ToolName);
    for (const [line, signal] of lines) assertEquals(protocol.parse(line, "stdout"), signal, line);
  });
}
