import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { expect, it } from "vitest";
import { isRunning, thisProcess } from "./process-owner.ts";

it("a process is running until it is gone", async () => {
  expect(await isRunning(await thisProcess())).toBe(true);
  expect(await isRunning({ pid: process.pid, started: "1", host: hostname() })).toBe(!existsSync("/proc/self/stat"));
  expect(await isRunning({ pid: 1, started: "1", host: "another" })).toBe(true);
});

it.runIf(existsSync("/proc/self/stat"))("one that only waits for its parent is gone (needs /proc)", async () => {
  const parent = spawn("sh", ["-c", "sleep 0.05 & echo $!; exec sleep 30"], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    const pid = await new Promise<number>((resolve) => parent.stdout.once("data", (text) => resolve(Number(text))));
    const child = { pid, started: null, host: hostname() };
    expect(pid).toBeGreaterThan(1);
    await expect.poll(() => isRunning(child), { timeout: 20_000 }).toBe(false);
    process.kill(pid, 0); // it has its id still
  } finally {
    parent.kill();
  }
});
