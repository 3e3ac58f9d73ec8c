import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadConfig, runFiles, trainRun } from "@gmem/runs";
import { expect, it } from "vitest";
import { evaluate } from "../test/evaluate.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-evaluate-killed-"));
const at = (...path: string[]): string => join(folder, ...path);
const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const settings = [
  ...["data=scenes", "image.count=40", "image.heldOut=10", "conditioner.kind=unconditional", "steps=2", "batch=4"],
  ...["backbone.depth=1", "backbone.hiddenSize=32", "backbone.heads=2", "sampler.solver=euler", "sampler.steps=80"],
];

/** Pictures that lie in the run's folder of samples. */
function drawn(): readonly string[] {
  const all = at("run", "samples", "evaluation");
  if (!existsSync(all)) return [];
  return readdirSync(all).flatMap((seed) => readdirSync(join(all, seed)).filter((file) => /^\d+\.png$/.test(file)));
}

it("a command that is killed while it draws goes on with what is there, to the same numbers", async () => {
  const config = await loadConfig("scenes-tiny", [...settings, "name=run", `runs=${folder}`]);
  await trainRun(config, { files: runFiles(at("run")), resume: false });
  const command = ["run", at("run"), "--count", "48", "--metrics", "prdc", "--no-cache", "--json"];
  const child = spawn(process.execPath, [cli, ...command], { stdio: "ignore" });
  const watching = setInterval(() => drawn().length > 0 && child.kill("SIGKILL"), 2);
  const [, signal] = await once(child, "exit");
  clearInterval(watching);
  expect(signal).toBe("SIGKILL");
  const before = drawn().length;
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThan(48);
  const whole = await evaluate(...command, "--memory", "--out", at("whole"));
  expect(drawn()).toHaveLength(before);
  const again = await evaluate(...command);
  expect(again.status, again.stderr).toBe(0);
  expect(JSON.parse(again.stdout)).toEqual(JSON.parse(whole.stdout));
  expect(drawn()).toHaveLength(48);
}, 120_000);
