import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../../../packages/jobs/test/until.ts";
import { childrenOf } from "../test/children-of.ts";
import { type Machines, machines, noMachines } from "../test/machines.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-stopped-"));

if (noMachines) it.skip(`a worker that is stopped (skipped: ${noMachines})`, () => undefined);
describe.skipIf(noMachines)("a worker that is stopped", () => {
  let many: Machines;
  beforeAll(async () => {
    many = await machines();
  });
  afterAll(() => many.stop());

  it("ends what it has begun at the first SIGTERM, and at once at a second one", async () => {
    const source = ["scenes-tiny", "data=scenes", "image.count=400", "image.size=16", "--shard-rows", "2"];
    const places = [...many.flags, "--scratch", join(folder, "scratch")];
    many.begin(["submit", "latents", ...source, "--out", join(folder, "out"), ...places]);
    const worker = many.begin(["start", ...places]);
    await until(() => /begun .*shard/.test(worker.said()));
    many.moto.pause(); // of 200 shards one is always begun, and none ends any more
    const processes = await childrenOf(worker.child.pid as number);
    worker.child.kill("SIGTERM");
    await until(() => /stopping: what was begun is ended first; again to stop at once/.test(worker.said()));
    worker.child.kill("SIGTERM"); // part of the first: supervisors send several
    const sent = performance.now();
    await until(() => performance.now() - sent > 1100);
    expect(worker.child.exitCode).toBe(null);
    worker.child.kill("SIGTERM");
    expect(await worker.finished).toMatchObject({ status: null, signal: "SIGTERM" });
    for (const pid of processes) await until(() => !isThere(pid));
  });
});

/** Whether a process runs; one that has ended and was not asked how is gone. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
