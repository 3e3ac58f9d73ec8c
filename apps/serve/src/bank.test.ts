import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { editBank } from "@gmem/runs";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OpenTiny, openTiny } from "../test/open-tiny.ts";
import { tinyRun } from "../test/tiny-run.ts";

let folder: string;
let server: OpenTiny;
const bank = "/v1/runs/tiny/bank";

beforeAll(async () => {
  folder = await tinyRun();
  server = await openTiny([folder]);
});
afterAll(() => server.stop(1));

async function photo(colours: readonly [string, string], fields: Record<string, string> = {}): Promise<FormData> {
  const [left, right] = colours;
  const half = await sharp({ create: { width: 8, height: 16, channels: 3, background: right } })
    .png()
    .toBuffer();
  const whole = sharp({ create: { width: 16, height: 16, channels: 3, background: left } });
  const png = await whole
    .composite([{ input: half, left: 8, top: 0 }])
    .png()
    .toBuffer();
  const form = new FormData();
  form.set("image", new Blob([new Uint8Array(png)], { type: "image/png" }), "photo.png");
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return form;
}

describe("a bank behind the server", () => {
  it("lists rows with their class, name and picture", async () => {
    const { json, headers } = await server.ask(`${bank}?offset=2&limit=3`);
    expect(json).toMatchObject({ size: 24, offset: 2, edits: 0, canUndo: false });
    expect(json.rows.map(({ index }: { index: number }) => index)).toEqual([2, 3, 4]);
    expect(headers.get("etag")).toBe(`"${json.version}"`);
    const picture = await fetch(`${server.url}${json.rows[0].thumbnail}`);
    expect([picture.status, picture.headers.get("content-type")]).toEqual([200, "image/png"]);
    expect((await sharp(Buffer.from(await picture.arrayBuffer())).metadata()).width).toBe(8);
    expect((await server.ask(`${bank}?name=circle`)).json.rows[0].label).toBe("circle");
  });

  it("takes a picture, draws from it, finds it, and gives it up again by undo", async () => {
    const before = (await server.ask(bank)).json;
    const added = await server.ask(
      `${bank}/rows`,
      await photo(["#ff0000", "#0000ff"], { name: "my flag", label: "star" }),
    );
    expect(added).toMatchObject({ status: 201, json: { size: 25, rows: [24], edits: 1, canUndo: true } });
    const drawn = await server.ask("/v1/samples?wait=true", { expression: '"my flag"' });
    expect(drawn.json).toMatchObject({ rows: [24], bankVersion: added.json.version });
    const found = await server.ask(`${bank}/search`, await photo(["#ff0000", "#0000ff"], { k: "2" }));
    expect(found.json.rows[0]).toMatchObject({ index: 24, label: "star", source: "my flag" });
    expect(found.json.rows[0].distance).toBeLessThan(1e-5);
    expect((await fetch(`${server.url}${bank}/24/image`)).status).toBe(200);
    const undone = await server.ask(`${bank}/undo`, {});
    expect(undone.json).toMatchObject({ version: before.version, size: 24, canRedo: true });
    expect((await server.ask(`${bank}/redo`, {})).json).toMatchObject({ version: added.json.version, size: 25 });
    expect((await server.ask(`${bank}/undo`, {})).status).toBe(200);
    expect((await server.ask(`${bank}/undo`, {})).json.error).toMatchObject({ code: "BANK" });
  });

  it("blends, names, labels and removes rows, each a version", async () => {
    const blend = await server.ask(`${bank}/interpolate`, { from: 1, to: 2, at: 0.25, name: "between" });
    expect(blend.json).toMatchObject({ size: 25, edits: 1, rows: [24] });
    expect((await server.ask(`${bank}?offset=24`)).json.rows[0].source).toBe("between");
    const named = await server.ask(`${bank}/rows/3`, { name: "third", label: "star" }, { method: "PATCH" });
    expect(named.status).toBe(200);
    const { rows } = (await server.ask(`${bank}/search`, { expression: "third", k: 1 })).json;
    expect(rows[0]).toMatchObject({ index: 3, label: "star", source: "third" });
    expect((await server.ask(`${bank}/rows/0`, undefined, { method: "DELETE" })).json).toMatchObject({ size: 24 });
    const { versions } = (await server.ask(`${bank}/versions`)).json;
    expect(versions.map(({ kind, size }: { kind: string; size: number }) => [kind, size])).toEqual([
      ["interpolate", 25],
      ["label", 25],
      ["remove", 24],
    ]);
    for (const _ of versions) await server.ask(`${bank}/undo`, {});
    expect((await server.ask(bank)).json).toMatchObject({ size: 24, edits: 0 });
  });

  it("is near what is asked: a row without itself, a name, a map of all", async () => {
    const near = (await server.ask(`${bank}/search`, { row: 5, k: 3 })).json.rows;
    expect(near.map(({ index }: { index: number }) => index)).not.toContain(5);
    expect(near[0].distance).toBeLessThanOrEqual(near[2].distance);
    const { x, y, rows, explained } = (await server.ask(`${bank}/map`)).json;
    expect([x.length, y.length, rows.length]).toEqual([24, 24, 24]);
    const variance = (values: number[]) => values.reduce((sum, value) => sum + value * value, 0);
    expect(variance(x)).toBeGreaterThan(variance(y));
    expect(explained[0]).toBeGreaterThan(explained[1]);
    expect((await server.ask(`${bank}/search`, { row: 5, text: "a" })).status).toBe(400);
  });

  it("tells editors who have seen another version", async () => {
    const { version } = (await server.ask(bank)).json;
    const first = { method: "DELETE", headers: { "If-Match": `"${version}"` } };
    expect((await server.ask(`${bank}/rows/2`, undefined, first)).status).toBe(200);
    const late = await server.ask(`${bank}/rows/2`, undefined, first);
    expect(late).toMatchObject({ status: 412, json: { error: { code: "BANK_MOVED" } } });
    await server.ask(`${bank}/undo`, {});
  });

  it("goes on with what another program has edited meanwhile", async () => {
    await editBank(folder, ({ journal }) => journal.apply({ kind: "remove", rows: [7] }));
    const added = await server.ask(`${bank}/interpolate`, { from: 0, to: 1 });
    expect(added.json).toMatchObject({ size: 24, edits: 2 });
    await server.ask(`${bank}/undo`, {});
    await server.ask(`${bank}/undo`, {});
  });

  it("shows what another program has edited before anything is edited here", async () => {
    await editBank(folder, ({ journal }) => journal.apply({ kind: "remove", rows: [7] }));
    while ((await server.ask(bank)).json.size !== 23) await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await server.ask("/v1/samples", { rows: [23] })).status).toBe(400);
    await editBank(folder, ({ journal }) => journal.undo());
    while ((await server.ask(bank)).json.size !== 24) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it("never mixes versions: jobs draw from the bank that they were asked with, while it is edited", async () => {
    const seen = new Map<string, Buffer>();
    const draws: Promise<void>[] = [];
    const edits: string[] = [];
    for (let i = 0; i < 25; i++) {
      draws.push(
        server.ask("/v1/samples?wait=true", { rows: [0], seed: 1, steps: 3 }).then(async ({ status, json }) => {
          expect(status).toBe(200);
          const own = await sharp(Buffer.from(await (await fetch(`${server.url}${json.images[0]}`)).arrayBuffer()))
            .raw()
            .toBuffer();
          const before = seen.get(json.bankVersion) ?? own;
          expect(own).toEqual(before);
          seen.set(json.bankVersion, own);
        }),
      );
      const edit =
        i % 2 === 0 ? server.ask(`${bank}/rows/0`, undefined, { method: "DELETE" }) : server.ask(`${bank}/undo`, {});
      edits.push((await edit).json.version);
    }
    await Promise.all(draws);
    expect(new Set(edits).size).toBe(2);
    expect(seen.size).toBeGreaterThan(1);
    expect(new Set([...seen.values()].map((one) => one.toString("hex"))).size).toBe(seen.size);
    await server.ask(`${bank}/undo`, {});
  });

  it("leaves no file where an edit is refused", async () => {
    const listed = async () => [
      (await readdir(join(folder, "bank"), { recursive: true })).sort(),
      await readFile(join(folder, "bank", "bank.edits.jsonl"), "utf8").catch(() => ""),
    ];
    const before = await listed();
    const form = await photo(["#00ff00", "#ffffff"]);
    const refused = await server.ask(`${bank}/rows`, form, { headers: { "If-Match": '"0-other"' } });
    expect(refused.status).toBe(412);
    expect(await listed()).toEqual(before);
  });
});
