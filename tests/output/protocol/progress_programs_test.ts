// The built-in patterns against the programs themselves, on local files and a server on loopback.
import {
  PatternProtocol,
  type PresetName,
  PROGRESS_PRESETS,
  type Protocol,
} from "@lambdawaker/executor/protocol";
import { assert, assertEquals } from "@std/assert";
import { PatternRecognition } from "../../../src/output/protocol/recognition.ts";
import { withFolder } from "../../helpers/journal.ts";
import { needs, testWith } from "../../helpers/needs.ts";
import { has } from "../../helpers/programs.ts";
import { ofKind, runJob } from "../../helpers/run_job.ts";
import { withSlowServer } from "../../helpers/slow_server.ts";

/** Runs a script as the only item of a job, and says which shares it came to, each once. The program must be recognized. */
async function shares(
  tool: PresetName,
  script: string,
  env: Record<string, string> = {},
  { isBarAtEnd = false } = {},
): Promise<number[]> {
  const recognition = new PatternRecognition();
  const pattern = new PatternProtocol(PROGRESS_PRESETS[tool]);
  const all: number[] = [];
  const protocol: Protocol = {
    parse(line, stream) {
      recognition.look(line, stream);
      const signal = pattern.parse(line, stream);
      // Events leave out what another share follows at once.
      if (signal.kind === "share") all.push(signal.share);
      return signal;
    },
  };
  const result = await runJob(
    { totalItems: 1, protocol: () => protocol },
    () => ({ command: "sh", args: ["-c", script], env: { LC_ALL: "C.UTF-8", ...env } }),
  );
  const log = ofKind(result, "log").flatMap(({ lines }) => lines).join("\n");
  assert(result.summary.ok, `${result.summary.failures[0]?.cause}\n${log}`);
  assertEquals(result.summary.anomalies, 0);
  const option = recognition.best?.option;
  assert(option === tool || isBarAtEnd, `recognized ${option}`);
  const last = ofKind(result, "progress").at(-1)?.share;
  assertEquals(last, all.at(-1));
  return all.filter((share, index) => share !== all[index - 1]);
}

/** Whether there were several, none less than the one before, the last one near all. */
function assertRise(shares: number[], least = 3): void {
  assert(shares.length >= least, `only ${shares}`);
  for (const [index, share] of shares.entries()) {
    // ffmpeg takes back some frames at its end.
    assert(share >= (shares[index - 1] ?? 0) - 0.02, `${shares}`);
  }
  assert(shares.at(-1)! >= 0.9, `${shares}`);
}

const SIZE = 2_000_000;

testWith("ffmpeg: its own status line, and -progress", needs("ffmpeg"), async () => {
  await withFolder(async (folder) => {
    const source = "-f lavfi -i testsrc=duration=60:size=320x240:rate=25";
    const make = `ffmpeg -v error ${source} -c:v mpeg4 ${folder}/in.mp4`;
    // A minute of film in two seconds.
    const convert = `ffmpeg -y -readrate 30 -i ${folder}/in.mp4 -c copy ${folder}/out.mp4`;
    assertRise(await shares("ffmpeg", `${make} && ${convert}`));
    assertRise(await shares("ffmpeg", convert.replace("-y", "-y -nostats -progress pipe:1")));
  });
});

testWith("rsync --info=progress2", needs("rsync"), async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/from`);
    for (const name of ["a", "b", "c", "d"]) {
      await Deno.writeFile(`${folder}/from/${name}`, new Uint8Array(SIZE / 4));
    }
    const copy = `rsync -a --no-inc-recursive --info=progress2 --bwlimit=1500 ${folder}/from/`;
    assertRise(await shares("rsync", `${copy} ${folder}/to/`));
  });
});

testWith("pv -f, and pv -n", needs("pv"), async () => {
  const feed = (options: string) =>
    `head -c ${SIZE} /dev/zero | pv ${options} -i 0.2 -L 1500000 -s ${SIZE} >/dev/null`;
  assertRise(await shares("pv", feed("-f")));
  assertRise(await shares("pv", feed("-n")));
});

testWith("tqdm", needs("tqdm"), async () => {
  const lines = "for i in $(seq 20); do echo $i; sleep 0.05; done";
  assertRise(await shares("tqdm", `${lines} | tqdm --total 20 >/dev/null`));
});

testWith("curl: its meter, its bar, and an upload", needs("curl"), async () => {
  await withSlowServer({ "/file": new Uint8Array(SIZE) }, async (origin) => {
    assertRise(await shares("curl", `curl -o /dev/null ${origin}/file`), 2);
    assertRise(await shares("curl", `curl -# -o /dev/null ${origin}/file`));
    await withFolder(async (folder) => {
      await Deno.writeFile(`${folder}/file`, new Uint8Array(SIZE));
      const upload = `curl --limit-rate 800k -T ${folder}/file -o /dev/null ${origin}/upload`;
      assertRise(await shares("curl", upload), 2);
    });
  });
});

testWith("curl of a size that nobody knows shows no share of it", needs("curl"), async () => {
  await withSlowServer({ "/file": new Uint8Array(SIZE) }, async (origin) => {
    assertEquals(await shares("curl", `curl -o /dev/null ${origin}/file?chunked`), []);
  });
});

testWith("wget: its dots, and its bar", needs("wget"), async () => {
  await withSlowServer({ "/file": new Uint8Array(SIZE) }, async (origin) => {
    assertRise(await shares("wget", `wget -O /dev/null ${origin}/file`));
    const bar = `wget -q --show-progress --progress=bar:force -O /dev/null ${origin}/file`;
    assertRise(await shares("wget", bar));
  });
});

testWith("apt-get -o APT::Status-Fd", needs("apt-get", "dpkg-deb"), async () => {
  await withFolder(async (folder) => {
    const { deb, index } = await makePackage(folder);
    await withSlowServer({ "/big_1_all.deb": deb, "/Packages": index }, async (origin) => {
      for (const directory of ["state/lists/partial", "cache/archives/partial", "etc"]) {
        await Deno.mkdir(`${folder}/${directory}`, { recursive: true });
      }
      await Deno.writeTextFile(`${folder}/etc/sources.list`, `deb [trusted=yes] ${origin} ./\n`);
      await Deno.writeTextFile(`${folder}/apt.conf`, aptConfig(folder));
      const update = "apt-get -qq update";
      const download = "apt-get -o APT::Status-Fd=2 download big";
      const env = { APT_CONFIG: `${folder}/apt.conf` };
      assertRise(await shares("apt", `cd ${folder}/cache && ${update} && ${download}`, env));
    });
  });
});

/** Keeps apt away from what the machine has. */
function aptConfig(folder: string): string {
  const settings = {
    "Dir::State": `${folder}/state`,
    "Dir::State::status": "/dev/null",
    "Dir::Cache": `${folder}/cache`,
    "Dir::Etc": `${folder}/etc`,
    "Acquire::Languages": "none",
    "Acquire::http::Proxy": "DIRECT",
    "APT::Sandbox::User": "root",
  };
  return Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`).join("");
}

/** A package of two megabytes, and the index of a repository that holds it alone. */
async function makePackage(folder: string): Promise<{ deb: Uint8Array; index: Uint8Array }> {
  const control =
    "Package: big\nVersion: 1\nArchitecture: all\nMaintainer: x <x@x>\nDescription: x\n";
  await Deno.mkdir(`${folder}/package/DEBIAN`, { recursive: true });
  await Deno.writeTextFile(`${folder}/package/DEBIAN/control`, control);
  await Deno.writeFile(`${folder}/package/big`, new Uint8Array(SIZE));
  const args = ["-b", "-Znone", `${folder}/package`, `${folder}/big_1_all.deb`];
  const { success } = await new Deno.Command("dpkg-deb", { args, stdout: "null" }).output();
  assert(success);
  const deb = await Deno.readFile(`${folder}/big_1_all.deb`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", deb)).toHex();
  const place = `Filename: ./big_1_all.deb\nSize: ${deb.length}\nSHA256: ${digest}\n`;
  return { deb, index: new TextEncoder().encode(`${control}${place}`) };
}

/** Pip tells its progress line by line from version 24.1 on; before, it shows a bar once it has ended. */
function pipTellsRaw(): boolean {
  if (!has("pip3")) return false;
  const { stdout } = new Deno.Command("pip3", { args: ["download", "--help"] }).outputSync();
  return /--progress-bar[^\n]*raw|\[[^\]]*raw/.test(new TextDecoder().decode(stdout));
}

testWith("pip", needs("pip3", "python3"), async () => {
  await withFolder(async (folder) => {
    const wheel = "/big-1.0-py3-none-any.whl";
    const page = new TextEncoder().encode(
      `<!DOCTYPE html><html><a href="${wheel}">${wheel}</a></html>`,
    );
    await withSlowServer({ [wheel]: await makeWheel(folder), "/big/": page }, async (origin) => {
      const options = `--isolated --no-cache-dir --no-deps --index-url ${origin}/ -d ${folder}`;
      const isRaw = pipTellsRaw();
      const bar = isRaw ? "--progress-bar raw" : "";
      const said = await shares("pip", `pip3 download ${options} ${bar} big`, {}, {
        isBarAtEnd: !isRaw,
      });
      assertRise(said, isRaw ? 3 : 1);
    });
  });
});

async function makeWheel(folder: string): Promise<Uint8Array> {
  const script = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    wheel.writestr("big/data", bytes(${SIZE}))
    info = "big-1.0.dist-info/"
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: big\\nVersion: 1.0\\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "RECORD", "")
`;
  const path = `${folder}/made.whl`;
  const { success } = await new Deno.Command("python3", { args: ["-c", script, path] }).output();
  assert(success);
  return await Deno.readFile(path);
}
