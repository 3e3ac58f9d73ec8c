import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { encodeLatents, loadConfig } from "@gmem/runs";
import { key } from "@gmem/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../../../packages/jobs/test/until.ts";
import { childrenOf } from "../test/children-of.ts";
import { folderHashes } from "../test/folder-hashes.ts";
import { journal } from "../test/journal.ts";
import { type Machines, machines, noMachines } from "../test/machines.ts";
import { smallDisk } from "../test/small-disk.ts";
import { begin, type Running, work } from "../test/work.ts";

/** What may happen to many machines, and how much of 100 of each. */
const strikes = {
  ...{ worker: 26, process: 51, submitter: 10, "Redis, which keeps": 5, "Redis, which forgets": 5, "full disk": 3 },
} as const;
type Strike = keyof typeof strikes;

/** What workers compute on the way is on a disk of its own, which can be full. */
const scratch = smallDisk("16m");
if (!scratch) console.log("no disk is filled amid the kills: this user may not mount one");

/** One of each, or as many as `GMEM_KILLS` says at random, of 500 shards. */
const asked = Number(process.env.GMEM_KILLS ?? 0);
const shards = asked > 0 ? 500 : 40;
const away = asked > 0 ? 30_000 : 2000;
const machinesCount = asked > 0 ? 3 : 2;
const random = key(2026).split("kills");
const possible = (Object.keys(strikes) as Strike[]).filter((name) => scratch || name !== "full disk");
const drawn = possible.flatMap((name) => Array<Strike>(strikes[name]).fill(name));
const plan: readonly Strike[] =
  asked > 0
    ? [...random.split("which").uniform([asked]).data].map((share) => drawn[Math.floor(share * drawn.length)] as Strike)
    : possible;
/** When each happens: as a shard is begun, or half of them up to half a second later. */
const times = [...random.split("when").uniform([plan.length]).data].sort((a, b) => a - b);
const moments = times.map((share) => Math.floor(share * 0.9 * shards));
const later = [...random.split("later").uniform([plan.length]).data].map((share) => Math.max(0, share * 1000 - 500));
const victims = random.split("who").uniform([plan.length]).data;

/** @returns whether it was there to be killed. */
function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    return false;
  }
}

const folder = mkdtempSync(join(tmpdir(), "gmem-killed-"));
const at = (...path: string[]): string => join(folder, ...path);
const sourceOf = (count: number): string[] => ["scenes-tiny", "data=scenes", `image.count=${count}`, "image.size=16"];
const disk = smallDisk("4m");
afterAll(() => {
  disk?.remove();
  scratch?.remove();
});

if (noMachines) it.skip(`many machines (skipped: ${noMachines})`, () => undefined);
describe.skipIf(noMachines)("many machines", () => {
  let many: Machines;
  let places: readonly string[];
  beforeAll(async () => {
    many = await machines();
    places = [...many.flags, "--scratch", scratch?.folder ?? at("scratch")];
  });
  afterAll(() => many.stop());

  it(`${shards} shards come out the same after ${plan.length} kills and full disks, and none is computed more often than they explain`, async () => {
    const source = sourceOf(2 * shards);
    const config = await loadConfig("scenes-tiny", ["engine.threads=1", ...source.slice(1)]);
    await encodeLatents(config, { folder: at("plain"), shardRows: 2 });
    const told = journal();
    const startWorker = (): Running => {
      const worker = many.begin(["start", ...places]);
      told.follow(worker);
      return worker;
    };
    const submit = (name: string): Running =>
      many.begin(["submit", "latents", ...source, "--shard-rows", "2", "--out", at(name), ...places, "--json"]);
    const workers = Array.from({ length: machinesCount }, startWorker);
    const submitters = { one: submit("one"), two: submit("two") };
    const victim = (share: number): Running => {
      const last = told.last(); // the one that computes, or anyone
      return share < 0.7 && last && workers.includes(last) ? last : (workers.at(share * -workers.length) as Running);
    };
    const strike: Readonly<Record<Strike, (share: number) => Promise<void>>> = {
      async process(share) {
        const pids = (): Promise<readonly number[]> => childrenOf(victim(share).child.pid as number);
        await until(async () => (await pids()).some(kill));
      },
      async worker(share) {
        const which = workers.indexOf(victim(share));
        const { child, finished } = workers[which] as Running;
        child.kill("SIGKILL");
        await finished;
        workers[which] = startWorker();
      },
      async submitter(share) {
        const name = share < 0.5 ? "one" : "two";
        submitters[name].child.kill("SIGKILL");
        await submitters[name].finished;
        submitters[name] = submit(name);
      },
      "Redis, which keeps": () => many.redis.restart(),
      async "Redis, which forgets"() {
        const from = Date.now();
        await many.redis.restart({ forgets: true });
        told.forgotten(from, Date.now());
      },
      async "full disk"() {
        const heard = (): number => [...many.said().matchAll(/waits: .*ENOSPC/g)].length;
        const before = heard();
        await until(() => {
          scratch?.fill(); // what a worker deletes is room for another one
          return heard() > before;
        });
        scratch?.free();
      },
    };
    const start = Date.now();
    for (const [i, which] of plan.entries()) {
      await until(() => told.counts().begun > (moments[i] as number));
      await wait(later[i]);
      if (i === Math.floor(plan.length / 2)) {
        many.moto.pause();
        await wait(away);
        many.moto.resume();
      }
      await strike[which](victims[i] as number);
    }
    for (const { finished } of Object.values(submitters)) {
      const { status, stderr } = await finished;
      expect(status, stderr).toBe(0);
    }
    for (const name of ["one", "two"]) expect(folderHashes(at(name))).toEqual(folderHashes(at("plain")));
    const { stdout } = await work(["status", "--all", ...many.flags, "--json"], many.env);
    expect(JSON.parse(stdout)).toMatchObject({ jobs: [{ kind: "latents", shards, done: shards }], failed: [] });
    for (const { child, finished } of workers) {
      child.kill("SIGTERM");
      expect(await finished).toMatchObject({ status: 0 });
    }
    const { begun, failed, killed } = told.counts();
    const seconds = Math.round((Date.now() - start) / 1000);
    const each = possible.map((name) => `${plan.filter((one) => one === name).length} ${name}`);
    console.log(
      `${shards} shards begun ${begun} times, ${killed} of which were killed, ${failed} tries failed, ${plan.length} kills and full disks (${each.join(", ")}), store away ${away / 1000} s, ${seconds} s in all`,
    );
    expect(told.unexplained()).toEqual([]);
    expect(failed).toBe(0);
  }, 7_200_000);
});

if (!disk) it.skip("a full disk (skipped: this user may not mount one)", () => undefined);
describe.skipIf(!disk)("a full disk", () => {
  const { folder: small, fill, free } = disk ?? { folder: "", fill: () => undefined, free: () => undefined };

  it("fails no shard: workers hold what the store has no room for", async () => {
    const source = sourceOf(24);
    const config = await loadConfig("scenes-tiny", ["engine.threads=1", ...source.slice(1)]);
    await encodeLatents(config, { folder: at("plain-disk"), shardRows: 2 });
    const submitted = begin([
      ...["submit", "latents", ...source, "--shard-rows", "2", "--workers", "2", "--out", join(small, "latents")],
      ...["--store", join(small, "store"), "--scratch", at("scratch"), "--json"],
    ]);
    await until(() => /job [0-9a-f]{32}/.test(submitted.said()));
    fill();
    await until(() => /shard \d+ waits: .*ENOSPC/.test(submitted.said()) || submitted.child.exitCode !== null);
    free();
    const { status, stderr } = await submitted.finished;
    expect(status, stderr).toBe(0);
    expect(folderHashes(join(small, "latents"))).toEqual(folderHashes(at("plain-disk")));
  });
});
