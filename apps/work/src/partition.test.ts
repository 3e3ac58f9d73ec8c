import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { encodeLatents, loadConfig } from "@gmem/runs";
import { describe, expect, it } from "vitest";
import { until } from "../../../packages/jobs/test/until.ts";
import { folderHashes } from "../test/folder-hashes.ts";
import { hosts } from "../test/hosts.ts";
import { journal } from "../test/journal.ts";
import { noMachines } from "../test/machines.ts";

/** How long a line is cut, in seconds; after 30 a worker is taken for gone, which `GMEM_CUT=60` tries. */
const cut = Number(process.env.GMEM_CUT ?? 8);
const shards = cut > 8 ? 400 : 60;

const folder = mkdtempSync(join(tmpdir(), "gmem-partition-"));
const at = (...path: string[]): string => join(folder, ...path);
const source = ["scenes-tiny", "data=scenes", `image.count=${2 * shards}`, "image.size=16"];

if (noMachines) it.skip(`hosts that are cut off (skipped: ${noMachines})`, () => undefined);
describe.skipIf(noMachines)("hosts that are cut off", () => {
  it(`a worker that is cut off from Redis and from the store for ${cut} s goes on, and nothing is twice in the result`, async () => {
    const config = await loadConfig("scenes-tiny", ["engine.threads=1", ...source.slice(1)]);
    await encodeLatents(config, { folder: at("plain"), shardRows: 2 });
    const three = await hosts();
    const [told, ofFar] = [journal(), journal()];
    try {
      const submitted = three.begin("near", [
        ...["submit", "latents", ...source, "--shard-rows", "2", "--out", at("out"), "--scratch", at("near"), "--json"],
      ]);
      const start = (host: "near" | "far") => three.begin(host, ["start", "--scratch", at(host)]);
      const far = start("far");
      for (const all of [told, ofFar]) all.follow(far);
      const goesOn = async (): Promise<void> => {
        const { computed } = ofFar.counts();
        await until(() => ofFar.counts().computed > computed + 2);
      };
      const apart = async (line: "redis" | "store"): Promise<void> => {
        const from = Date.now();
        three.cut(line);
        await wait(1000 * cut);
        three.mend(line);
        if (line === "redis" && cut > 30) told.forgotten(from, Date.now()); // others have taken what it worked on
      };
      await goesOn();
      for (const line of ["redis", "store"] as const) {
        await apart(line);
        await goesOn();
      }
      const near = start("near");
      told.follow(near);
      await until(() => told.counts().begun > ofFar.counts().begun);
      await apart("redis"); // the other one goes on meanwhile
      const { status, stderr } = await submitted.finished;
      expect(status, stderr).toBe(0);
      expect(folderHashes(at("out"))).toEqual(folderHashes(at("plain")));
      for (const { child, finished } of [near, far]) {
        child.kill("SIGTERM");
        expect(await finished).toMatchObject({ status: 0 });
      }
      const { begun, failed } = told.counts();
      console.log(`${shards} shards begun ${begun} times, ${failed} tries failed; 3 cuts of ${cut} s by ${three.how}`);
      expect(told.unexplained()).toEqual([]);
      expect(failed).toBe(0);
    } finally {
      await three.stop();
    }
  }, 1_800_000);
});
