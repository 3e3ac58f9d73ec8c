import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodePng } from "@gmem/datasets/png";
import { runSchema } from "@gmem/runs";
import { comparableMetrics } from "@gmem/trainer";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { main, solvers } from "./program.ts";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const before = process.cwd();
const folder = mkdtempSync(join(tmpdir(), "gmem-cli-"));

const interrupts = ["SIGINT", "SIGTERM"] as const;

interface Finished {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program in this process: what a person sees of it, without starting Node anew. */
async function gmem(...args: string[]): Promise<Finished> {
  const heard = { stdout: "", stderr: "" };
  const listening = interrupts.flatMap((signal) => process.listeners(signal));
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      heard[name] += String(text);
      return true;
    }),
  );
  try {
    const status = await main(args);
    return { status, ...heard };
  } finally {
    for (const spy of spies) spy.mockRestore();
    for (const signal of interrupts)
      for (const added of process.listeners(signal).filter((listener) => !listening.includes(listener)))
        process.off(signal, added);
  }
}

/** The built program in a process of its own, for what signals do. */
const env = { ...process.env, NO_COLOR: "1" };
const start = (...args: string[]): ChildProcess =>
  spawn(process.execPath, [cli, ...args], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });

const small = [
  "image.count=300",
  "image.heldOut=16",
  "encoder.clusters=16",
  "encoder.dim=16",
  "encoder.patches=2000",
  "backbone.depth=1",
  "backbone.hiddenSize=32",
  "backbone.heads=2",
  "sampler.steps=2",
  "batch=8",
];
const run = (name: string, ...more: string[]): string[] => ["run", "scenes-tiny", `name=${name}`, ...small, ...more];
const bytes = (...path: string[]): string => readFileSync(join(folder, ...path)).toString("base64");

beforeAll(async () => {
  process.chdir(folder);
  if (!existsSync(cli)) throw new Error(`${cli} is missing: run \`npm run build\` first (\`npm test\` does)`);
  const done = await gmem(...run("first", "steps=12", "checkpointEvery=5", "sampleEvery=6", "--json"));
  expect(done.stderr).not.toMatch(/error/i);
  expect(JSON.parse(done.stdout)).toMatchObject({ steps: 12, folder: "runs/first" });
}, 120_000);

afterAll(() => process.chdir(before));

describe("gmem-train run", () => {
  it("leaves a run folder that can be read without us", async () => {
    expect(readdirSync(join(folder, "runs/first")).filter((name) => !name.startsWith("events"))).toEqual(
      expect.arrayContaining([
        "bank",
        "checkpoints",
        "config.json",
        "metrics.jsonl",
        "model.safetensors",
        "report.html",
        "samples",
      ]),
    );
    const lines = readFileSync(join(folder, "runs/first/metrics.jsonl"), "utf8").trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).step)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(readFileSync(join(folder, "runs/first/report.html"), "utf8")).toContain("finished 12 steps");
    expect(readdirSync(join(folder, "runs/first/samples"))).toEqual(["step-000006.png", "step-000012.png"]);
  });

  it("refuses a folder that holds a run, and says how to go on", async () => {
    const { status, stderr } = await gmem(...run("first", "steps=12"));
    expect(status).toBe(2);
    expect(stderr).toMatch(/holds a run already; continue it with --resume/);
  });

  it("refuses to resume with other settings, and leaves the folder as it was", async () => {
    const config = bytes("runs/first/config.json");
    const { status, stderr } = await gmem(...run("first", "steps=12", "optimizer.lr=0.5"), "--resume");
    expect(status).toBe(2);
    expect(stderr).toMatch(/must keep its settings, got a change: optimizer\.lr/);
    expect(bytes("runs/first/config.json")).toBe(config);
  });

  it("saves at Ctrl-C, prints the line that resumes, and ends bit-equal to a run that was left alone", async () => {
    const settings = ["steps=60", "checkpointEvery=1000", "sampleEvery=1000"];
    expect((await gmem(...run("whole", ...settings))).status).toBe(0);
    const child = start(...run("stopped", ...settings));
    let text = "";
    child.stderr?.on("data", (chunk) => {
      const before = text;
      text += chunk;
      if (/train \d/.test(text) && !/train \d/.test(before)) child.kill("SIGINT");
    });
    const [status] = await once(child, "exit");
    expect(status).toBe(130);
    expect(text).toContain("continue with: gmem-train run scenes-tiny name=stopped");
    expect(text).toContain("--resume");
    const report = () => readFileSync(join(folder, "runs/stopped/report.html"), "utf8");
    const done = Number(/saved after step (\d+)/.exec(text)?.[1]);
    expect(report()).toContain(`stopped after step ${done} of 60`);
    expect(report()).toContain(`images seen</td><td>${8 * done} in ${done} steps`); // not those of all 60
    expect((await gmem(...run("stopped", ...settings), "--resume")).status).toBe(0);
    expect(report()).toContain(`finished 60 steps, those after step ${done} in `);
    expect(report()).toContain("images seen</td><td>480 in 60 steps");
    expect(bytes("runs/stopped/model.safetensors")).toBe(bytes("runs/whole/model.safetensors"));
    const metrics = (name: string) =>
      comparableMetrics(readFileSync(join(folder, "runs", name, "metrics.jsonl"), "utf8"));
    expect(metrics("stopped")).toBe(metrics("whole"));
  }, 120_000);

  it("refuses a second process in one folder", async () => {
    const child = start(...run("shared", "steps=100000", "sampleEvery=100000", "checkpointEvery=100000"));
    await new Promise<void>((resolve) =>
      child.stderr?.on("data", (chunk) => /train \d/.test(String(chunk)) && resolve()),
    );
    const second = await gmem(
      ...run("shared", "steps=100000", "sampleEvery=100000", "checkpointEvery=100000"),
      "--resume",
    );
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(second.status).toBe(1);
    expect(second.stderr).toMatch(/LOCKED/);
    const report = readFileSync(join(folder, "runs/shared/report.html"), "utf8"); // written before the first step
    expect(report).toMatch(/before the first step.*memory bank<\/td><td>300 × 16, 0 duplicates, nearest other row at/s);
  }, 60_000);

  it("--dry-run says what a run will take and writes nothing", async () => {
    const { status, stdout } = await gmem(...run("dry", "steps=1000"), "--dry-run", "--gpu", "rtx4090", "--json");
    expect(status).toBe(0);
    const facts = JSON.parse(stdout);
    expect(facts.parameters).toBeGreaterThan(10_000);
    expect(facts.memoryBytes).toBeGreaterThan(4 * 4 * facts.parameters);
    expect(facts.stepsPerSecond).toBeGreaterThan(0);
    // two operations a weight and token, forward and twice backward: 16 tokens, 8 samples; the rest is attention
    expect(facts.flopsPerStep).toBeGreaterThan(6 * 16 * 8 * 10_000);
    expect(facts.gpu).toMatchObject({ name: expect.stringContaining("4090"), accumulate: 1 });
    expect(facts.gpu.secondsPerStep).toBeCloseTo(facts.flopsPerStep / (0.4 * 82.6e12), 12);
    expect(existsSync(join(folder, "runs/dry"))).toBe(false);
  });

  it("--dry-run counts what several workers take and exchange", async () => {
    const shared = ["accumulate=2", "engine.threads=1", "--dry-run"];
    const dry = async (workers: string) => JSON.parse((await gmem(...run("dry", workers), ...shared, "--json")).stdout);
    const [one, two] = [await dry("workers=1"), await dry("workers=2")];
    expect(one.workers).toBeUndefined();
    expect(two.workers).toBe(2);
    expect(two.parameters).toBe(one.parameters);
    // parameters to the other worker and gradients of one of two parts back; the table of positions is frozen
    expect(two.exchangedBytes).toBeGreaterThan(0.9 * 4 * 2 * two.parameters);
    expect(two.exchangedBytes).toBeLessThan(4 * 2 * two.parameters);
    expect(two.memoryBytes).toBeGreaterThan(one.memoryBytes + 4 * 2 * two.parameters);
    expect((await gmem(...run("dry", "workers=2"), ...shared)).stdout).toMatch(
      /^workers {5}2; .*B of gradients and parameters go between them in a step$/m,
    );
  });

  it("--dry-run counts the parts of rounds", async () => {
    const settings = ["steps=1000", "workers=3", "engine.threads=1"];
    const dry = async (...more: string[]) =>
      JSON.parse((await gmem(...run("dry", ...settings, ...more), "--dry-run", "--json")).stdout);
    const rounds = await dry("exchange=rounds");
    const alone = await dry("workers=1");
    expect(rounds).toMatchObject({ workers: 3, roundSteps: 250, imagesSeen: 3 * alone.imagesSeen });
    expect(rounds.roundBytes).toBeGreaterThan(4 * 30 * rounds.parameters);
    expect(rounds.gpu.seconds).toBeCloseTo(3 * alone.gpu.seconds, 9);
    expect(existsSync(join(folder, "runs/dry"))).toBe(false);
  });

  it.each([
    ["class-table", ["--label", "2"]],
    ["unconditional", []],
  ])("trains and draws with the %s conditioner by one setting", async (kind, flags) => {
    expect((await gmem(...run(kind, `conditioner.kind=${kind}`, "steps=3"))).status).toBe(0);
    const { status, stdout } = await gmem("sample", `runs/${kind}`, "--count", "2", ...flags);
    expect(status).toBe(0);
    expect(existsSync(join(folder, stdout.trim()))).toBe(true);
  });
});

describe("bad input", () => {
  it.each([
    [["run", "scenes-tiny", "stesp=3"], /unknown key "stesp"\. Did you mean "steps"\?/],
    [["run", "scenes-tiny", "--dry-run", "--gpu", "a10"], /--gpu: must be .*a100/],
    [["run", "scenes-tiny", "engine.kind=tfjs"], /npm i(nstall)? @tensorflow\/tfjs-node-gpu/],
    [["latents", "scenes-tiny"], /--out/],
    [["run", "scenes-tiny", "data=nowhere"], /nowhere, which does not exist/],
    [["run", "cifar-nona"], /Did you mean "cifar-nano"/],
    [["sample", "nowhere"], /must be a run folder/],
    [["sample", "runs/first", "--rows", "99999"], /99999/],
    [["sample", "runs/first", "--rows", "3,,4"], /--rows needs row numbers.*got "3,,4"/],
    [["sample", "runs/first", "--rows", ""], /--rows needs row numbers.*got ""/],
    [["sample", "runs/first", "--count", ""], /'--count <n>'.*whole number from 0 on/],
    [["sample", "runs/first", "--cfg", "x"], /'--cfg <scale>'.*must be a number/],
    [["sample", "runs/first", "--out", "x.gif"], /--out must end in \.png, \.jpg, \.jpeg, got x\.gif/],
    [["bank", "interpolate", "runs/first", "1", "2", "--method", "cubic"], /linear, spherical, concat, mask/],
  ])("%j is answered with what to do", async (args, message) => {
    const { status, stdout, stderr } = await gmem(...args);
    expect(status).toBeGreaterThan(0);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/unexpected error/);
  });

  it("an unknown flag is a usage error with a suggestion", async () => {
    const { status, stderr } = await gmem("sample", "runs/first", "--sede", "3");
    expect(status).toBe(2);
    expect(stderr).toMatch(/Did you mean --seed\?/);
  });

  it("an empty folder of images is named", async () => {
    mkdirSync(join(folder, "empty"), { recursive: true });
    const { status, stderr } = await gmem("run", "cifar-nano", "data=empty", "name=empty");
    expect(status).toBe(1);
    expect(stderr).toMatch(/\[DATA\].*JPEG, PNG/);
  });

  it("a truncated model file is refused by name", async () => {
    cpSync(join(folder, "runs/first"), join(folder, "runs/broken"), { recursive: true });
    const file = join(folder, "runs/broken/model.safetensors");
    writeFileSync(file, readFileSync(file).subarray(0, 1000));
    const { status, stderr } = await gmem("sample", "runs/broken");
    expect(status).toBe(1);
    expect(stderr).toMatch(/\[FORMAT\].*model\.safetensors/);
  });

  it("a bank of another encoder is refused", async () => {
    cpSync(join(folder, "runs/first"), join(folder, "runs/mixed"), { recursive: true });
    await gmem(...run("other", "seed=7", "steps=1"));
    cpSync(join(folder, "runs/other/bank/bank.safetensors"), join(folder, "runs/mixed/bank/bank.safetensors"));
    const { status, stderr } = await gmem("sample", "runs/mixed");
    expect(status).toBe(1);
    expect(stderr).toMatch(/encoder/);
  });
});

describe("the bank of a run", () => {
  it("takes an image, a blend and an undo, and draws from the new row", async () => {
    const red = await encodePng({
      width: 20,
      height: 18,
      data: Uint8Array.from({ length: 20 * 18 * 3 }, (_, i) => (i % 3 === 0 ? 220 : 40 + (i % 7) * 9)),
    });
    writeFileSync(join(folder, "red.png"), red);
    const added = JSON.parse((await gmem("bank", "add", "runs/first", "red.png", "--json")).stdout);
    expect(added).toEqual({ rows: [300], size: 301, leftOut: [] });
    expect((await gmem("sample", "runs/first", "--rows", "300", "--count", "2")).status).toBe(0);
    expect(JSON.parse((await gmem("bank", "interpolate", "runs/first", "3", "300", "--json")).stdout).size).toBe(302);
    expect(JSON.parse((await gmem("bank", "undo", "runs/first", "--json")).stdout).size).toBe(301);
    expect(JSON.parse((await gmem("bank", "info", "runs/first", "--json")).stdout)).toMatchObject({
      edits: 1,
      dim: 16,
    });
  });

  it("compresses and reduces, and undo goes all the way back", async () => {
    cpSync(join(folder, "runs/first"), join(folder, "runs/small"), { recursive: true });
    const before = bytes("runs/small/bank/bank.safetensors");
    const json = async (...args: string[]) => JSON.parse((await gmem("bank", ...args, "--json")).stdout);
    expect((await gmem("bank", "compress", "runs/small", "--rank", "8")).stdout).toMatch(/bank undo runs\/small/);
    expect((await gmem("sample", "runs/small", "--count", "1")).status).toBe(0);
    const reduced = await json("reduce", "runs/small", "--per-class", "5");
    expect(reduced).toMatchObject({ size: 20, note: expect.stringContaining("; 1 row without a label left out") });
    for (const size of [301, 301, 300]) expect((await json("undo", "runs/small")).size).toBe(size);
    expect(bytes("runs/small/bank/bank.safetensors")).toBe(before);
    const { status, stderr } = await gmem("bank", "undo", "runs/small");
    expect([status, stderr]).toEqual([1, expect.stringContaining("undo needs an edit, got none left")]);
  });

  it.each([
    [["compress", "runs/first", "--rank", "17"], /\[BANK\].*rank of 301 rows of width 16 must be in 1…16, got 17/],
    [["interpolate", "runs/first", "1", "2", "--weight", "1.01"], /\[BANK\].*weight.*in 0…1, got 1.01/],
    [["interpolate", "runs/first", "1", "2", "--weight", "half"], /'--weight <w>'.*must be a number/],
    [["add", "runs/mixed", "red.png"], /\[BANK\].*by the bank's own encoder, \S+, got the run's, /],
  ])("refuses bank %s and leaves every file as it was", async (args, reason) => {
    const place = `${args[1]}/bank`;
    const files = (): readonly (readonly [string, string])[] =>
      readdirSync(join(folder, place)).map((file) => [file, bytes(place, file)]);
    const before = files();
    const { status, stderr } = await gmem("bank", ...args);
    expect([[1, 2].includes(status), stderr]).toEqual([true, expect.stringMatching(reason)]);
    expect(files()).toEqual(before);
  });

  it("is built once: again with the same settings it stays, with others it is refused", async () => {
    mkdirSync(join(folder, "few"));
    for (let i = 0; i < 8; i++)
      writeFileSync(
        join(folder, "few", `${i}.png`),
        await encodePng({
          width: 8,
          height: 8,
          data: Uint8Array.from({ length: 192 }, (_, at) => (at * (i + 3)) % 256),
        }),
      );
    const build = (...more: string[]) =>
      gmem(
        "bank",
        "build",
        "few",
        "--out",
        "alone",
        "--size",
        "8",
        "encoder.clusters=4",
        "encoder.patches=90",
        ...more,
      );
    const files = () => ["bank.safetensors", "encoder.safetensors"].map((file) => bytes("alone", file));
    expect((await build("encoder.dim=4")).status).toBe(0);
    const before = files();
    expect((await build("encoder.dim=4")).status).toBe(0);
    for (const other of [["encoder.dim=3"], ["encoder.dim=4", "--rank", "2"], ["encoder.dim=4", "--seed", "1"]]) {
      const { status, stderr } = await build(...other);
      expect([status, stderr]).toEqual([1, expect.stringMatching(/\[DATA\] alone.*must be built from these images/)]);
    }
    expect(files()).toEqual(before);
    expect(readdirSync(join(folder, "alone")).sort()).toEqual(["bank.safetensors", "encoder.safetensors"]);
  });

  it("draws a strip between two rows, of one seed", async () => {
    const { status, stdout } = await gmem("sample", "runs/first", "--interpolate", "1,2", "--count", "3", "--json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ count: 3, nfe: 3, forwards: 3 });
  });
});

describe("other commands", () => {
  it("export writes ONNX, inspect reads headers, presets lists, doctor reports", async () => {
    const { folder: onnx, files } = JSON.parse(
      (await gmem("export", "runs/first", "--part", "backbone,sampler", "--json")).stdout,
    );
    expect(onnx).toBe("runs/first/onnx");
    expect(files).toMatchObject([
      { file: "backbone.onnx", batch: "any", outputs: [{ name: "velocity", shape: ["batch", 3, 16, 16] }] },
      { file: "sampler.onnx", batch: "any", outputs: [{ name: "latents", shape: ["batch", 3, 16, 16] }] },
    ]);
    expect(readdirSync(join(folder, onnx)).sort()).toEqual(["backbone.onnx", "export.json", "sampler.onnx"]);
    const inspected = JSON.parse((await gmem("inspect", "runs/first", "--json")).stdout);
    expect(inspected.metadata).toMatchObject({
      architecture: "sit",
      conditioner: "memory-bank",
      time_direction: "data0",
    });
    expect((await gmem("presets")).stdout).toMatch(/cifar-nano/);
    expect((await gmem("presets", "scenes-tiny")).stdout).toMatch(/hiddenSize: 128/);
    expect(JSON.parse((await gmem("doctor", "--json")).stdout).devices[0]).toEqual({ device: "cpu", available: true });
  });

  it("--json answers failures too: code and message on stdout, words on stderr, the exit code as without it", async () => {
    const failures = [
      [["sample", "nowhere"], 2, "CONFIG", /^nowhere: must be a run folder/],
      [["sample", "runs/first", "--rows", "9999"], 2, "INVALID_REQUEST", /must be a row number/],
      [["sample", "runs/first", "--bogus"], 2, "CONFIG", /^unknown option '--bogus'/],
      [["sample", "runs/first", "--cfg-interval", "1,0"], 2, "CONFIG", /--cfg-interval: must be two times/],
      [["sample", "runs/first", "--cfg-channels", "9"], 2, "CONFIG", /cfgChannels: must be at most 3.*got 9/],
      [["sample", "runs/first", "--out", "red.png/x.png"], 2, "CONFIG", /^sample: .*got red\.png, a file; give --out/],
      [["bank", "add", "runs/first", "nowhere.jpg"], 1, "DATA", /nowhere\.jpg \(unreadable: no such file\)/],
      [["bank", "add", "runs/first", "few/0.png"], 1, "DATA", /0\.png \(too small: 8×8 pixels, needs 16/],
    ] as const;
    for (const [args, code, name, message] of failures) {
      const { status, stdout, stderr } = await gmem(...args, "--json");
      expect([status, JSON.parse(stdout)]).toEqual([
        code,
        { error: { code: name, message: expect.stringMatching(message) } },
      ]);
      if (name !== "CONFIG" || args[2] !== "--bogus") expect(stderr).toContain(`[${name}]`);
      expect((await gmem(...args)).stdout).toBe("");
    }
  });

  it("--help of sample names every solver that a configuration takes", async () => {
    const [names] = runSchema.shape.sampler.unwrap().shape.solver.unwrap().options;
    expect(solvers).toEqual(names.options);
    const { stdout } = await gmem("sample", "--help");
    for (const name of solvers) expect(stdout).toContain(name);
  });

  it("tokenizer trains one, says how like pictures and reconstructions are, and what a step costs", async () => {
    const settings = ["image.size=16", "image.count=8", "image.heldOut=2", "network.multipliers=[1,1]", "steps=2"];
    const { stdout, status } = await gmem("tokenizer", "scenes", ...settings, "name=own-tokenizer");
    expect(status).toBe(0);
    expect(stdout).toMatch(/PSNR \d+\.\d\d dB, SSIM 0\.\d+ on 2 held-out pictures after 2 steps/);
    expect(stdout).toContain("tokenizer.kind=trained tokenizer.folder=runs/own-tokenizer");
    const dry = JSON.parse((await gmem("tokenizer", "scenes", ...settings, "--dry-run", "--json")).stdout);
    expect(dry).toMatchObject({ images: 8, heldOut: 2, timedBatch: 8 });
    expect(dry.flopsPerStep).toBeGreaterThan(1e8);
  });

  it("--help of every command ends with 0", async () => {
    for (const command of [[], ["run"], ["demo"], ["sample"], ["bank"], ["bank", "add"], ["tokenizer"], ["export"]]) {
      const { status, stdout } = await gmem(...command, "--help");
      expect(status).toBe(0);
      expect(stdout).toMatch(/Usage: gmem-train/);
    }
  });
});
