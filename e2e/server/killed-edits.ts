import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { key } from "@gmem/tensor";
import sharp from "sharp";
import type { Fault } from "../faults/fault.ts";
import { clientOf, jsonOf } from "../load/client.ts";
import { must } from "../must.ts";
import { root } from "../repository.ts";
import { type Served, served } from "../served.ts";
import type { Steps } from "../steps.ts";

const preload = pathToFileURL(join(root, "e2e/dist/faults/preload.js")).href;

/** Pictures so far: each is another, as one that is there is not written again. */
let added = 0;

/** A PNG of noise. */
async function picture(seed: number): Promise<Uint8Array<ArrayBuffer>> {
  const pixels = Uint8Array.from(key(seed).uniform([8 * 8 * 3]).data, (value) => Math.floor(256 * value));
  return new Uint8Array(
    await sharp(pixels, { raw: { width: 8, height: 8, channels: 3 } })
      .png()
      .toBuffer(),
  );
}

/** What a bank is, as a server says it. */
interface Bank {
  readonly version: string;
  readonly size: number;
}

/** A server whose bank is edited. */
interface Editing {
  readonly server: Served;
  bank(): Promise<Bank>;
  /** Adds a picture. @returns the status, undefined where the connection broke. */
  add(): Promise<number | undefined>;
  undo(): Promise<number>;
  /** Status of a picture that is drawn. */
  draw(): Promise<number>;
}

/** Edits of the server's bank, during which it is killed or the disk is full, at every operation on files. */
export async function killedEdits({ step }: Pick<Steps, "step">, folder: string): Promise<void> {
  const place = join(folder, "runs/tiny/bank");
  let before: Bank = { version: "", size: 0 };
  let moments = 0;
  await step("a bank is edited, and the edit is taken back", async () => {
    const log = join(folder, "moments.txt");
    await under(folder, undefined, async ({ add, undo }) => {
      must((await add()) === 201 && (await undo()) === 200, "the first edit, which makes a folder, must be made");
    });
    await under(folder, { root: place, kind: "kill", at: 0, log }, async ({ bank, add, undo }) => {
      before = await bank();
      must((await add()) === 201, "an edit must be made");
      moments = (await readFile(log, "utf8")).trim().split("\n").length;
      must((await undo()) === 200 && (await bank()).version === before.version, "an undo must give the bank back");
    });
    return `${moments} operations on files`;
  });
  await step("a server that is killed in an edit of its bank has lost nothing", async () => {
    for (let at = 1; at <= moments; at++)
      await under(folder, { root: place, kind: "kill", at }, async ({ bank, add }) => {
        isSame(await bank(), before);
        const status = await add();
        must(status === undefined, `the server must be killed at operation ${at}, got ${status}`);
      });
    await under(folder, undefined, async ({ bank, add, server }) => {
      isSame(await bank(), before);
      must((await add()) === 201, "the next edit must be made");
      server.child.kill("SIGKILL");
    });
    await under(folder, undefined, async ({ bank, undo }) => {
      const { size } = await bank();
      must(size === before.size + 1, `an edit that was answered must be there, got ${size} rows after ${before.size}`);
      must((await undo()) === 200, "it must be taken back");
      isSame(await bank(), before);
    });
    return `killed at ${moments} operations, and after the answer`;
  });
  await step("a full disk refuses an edit of the bank, and no drawing", async () => {
    for (
      let at = 1;
      at < moments;
      at++ // the last one renames, which needs no room
    )
      await under(folder, { root: place, kind: "full", at }, async ({ bank, add, draw }) => {
        const status = await add();
        must(status === 507, `an edit must be answered with 507, got ${status}`);
        isSame(await bank(), before);
        must((await draw()) === 200, "pictures must be drawn");
      });
    await under(folder, undefined, async ({ bank }) => isSame(await bank(), before));
    return `full at ${moments - 1} operations`;
  });
}

const isSame = ({ version, size }: Bank, before: Bank): void =>
  must(version === before.version, `the bank must be ${before.version}, got ${version} of ${size} rows`);

/** A server, with a fault or without, while something is done. */
async function under(
  folder: string,
  fault: Fault | undefined,
  work: (editing: Editing) => Promise<void>,
): Promise<void> {
  const faulty = fault && { node: ["--import", preload], env: { ...process.env, GMEM_FAULT: JSON.stringify(fault) } };
  const server = await served(folder, { args: ["runs/tiny", "--slots", "2"], ...faulty });
  const { ask, close } = clientOf(server.url);
  try {
    await work({
      server,
      bank: async () => jsonOf(await ask("/v1/runs/tiny/bank?limit=1")),
      async add() {
        const form = new FormData();
        form.set("image", new Blob([await picture(added++)]), "picture.png");
        const sent = fetch(`${server.url}/v1/runs/tiny/bank/rows`, { method: "POST", body: form });
        return (await sent.catch(() => undefined))?.status;
      },
      undo: async () => (await ask("/v1/runs/tiny/bank/undo", { method: "POST" })).status,
      draw: async () => (await ask("/v1/samples?wait=true", { body: { rows: [1] } })).status,
    });
  } finally {
    close();
    await server.close();
  }
}
