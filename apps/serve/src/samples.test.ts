import { readDescription } from "@gmem/datasets/png";
import { openRun } from "@gmem/runs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OpenTiny, openTiny } from "../test/open-tiny.ts";
import { tinyRun } from "../test/tiny-run.ts";

let folder: string;
let server: OpenTiny;

beforeAll(async () => {
  folder = await tinyRun();
  server = await openTiny([folder]);
});
afterAll(() => server.stop(1));

const pixels = async (path: string) => Buffer.from(await (await fetch(`${server.url}${path}`)).arrayBuffer());
const drawn = (body: object) => server.ask("/v1/samples?wait=true", body);

describe("drawing", () => {
  it("answers with pictures, their rows, seed, settings and the bank's version", async () => {
    const { status, json } = await drawn({ rows: [3, 5], seed: 2, steps: 3 });
    expect(status).toBe(200);
    expect(json).toMatchObject({ status: "done", rows: [3, 5], seed: 2, progress: 1, settings: { steps: 3 } });
    const [first] = json.pictures;
    expect(first).toMatchObject({ row: 3, seed: 2, bankVersion: json.bankVersion });
    const png = await pixels(json.images[0]);
    expect((await readDescription(png)).settings).toMatchObject({ rows: [3], seed: 2, steps: 3, row: 3 });
    const again = await drawn(first.settings);
    expect(await rawPixels(again.json.images[0])).toEqual(await rawPixels(json.images[0]));
  });

  it("gives a seed the same bits as drawing without a server, whatever else is drawn", async () => {
    const run = await openRun(folder);
    const sampler = await run.sampler(run.config.sampler, { batchSize: 4 });
    const request = run.conditioner.parse({ rows: [1, 2, 3] });
    const { images } = await sampler.draw({ request, count: 3, seed: 9 });
    await run.close();
    const others = [7, 8, 9].map((seed) => drawn({ seed, count: 5, steps: seed, guidance: 2 }));
    const { json } = await drawn({ rows: [1, 2, 3], seed: 9 });
    const { result } = server.context.queue.get(json.id) as never as {
      result: { pictures: { data: Uint8Array }[] };
    };
    await Promise.all(others);
    const area = images.data.length / 3;
    for (const [i, picture] of result.pictures.entries()) {
      const own = images.data.subarray(i * area, (i + 1) * area); // [3,H,W] against [H,W,3]
      const bytes = Uint8Array.from(picture.data, (_, at) =>
        Math.round(255 * Math.min(1, Math.max(0, own[(at % 3) * (area / 3) + Math.floor(at / 3)] as number))),
      );
      expect(picture.data).toEqual(bytes);
    }
  });

  it.each([
    [{ label: "circle", count: 3 }, 3],
    [{ expression: "circle - 0.5*#3" }, 1],
    [{ interpolate: { from: 1, to: "circle + #4" } }, 8],
    [{ interpolate: { from: 1, to: 2, at: 0.3 }, count: 2 }, 2],
    [{ noise: true, count: 2, guidance: 3, guidanceInterval: [0, 0.5] }, 2],
    [{ solver: "euler-maruyama", seed: 4 }, 1],
    [{ solver: "dopri5", steps: 2 }, 1],
  ])("is asked by %j", async (body, count) => {
    const { status, json } = await drawn(body);
    expect([status, json.error, json.images?.length]).toEqual([200, undefined, count]);
  });

  it("begins from a picture and keeps what a mask leaves", async () => {
    const { json } = await drawn({ rows: [2], seed: 1 });
    const image = (await pixels(json.images[0])).toString("base64");
    const same = await drawn({ image, strength: 0, rows: [5] });
    expect(await rawPixels(same.json.images[0])).toEqual(await rawPixels(json.images[0]));
    const changed = await drawn({ image, strength: 0.8, rows: [5] });
    expect(await rawPixels(changed.json.images[0])).not.toEqual(await rawPixels(json.images[0]));
    const style = await drawn({ image });
    expect(style.json).toMatchObject({ status: "done", rows: [null] });
    const job = server.context.queue.get(style.json.id); // what was sent is let go, its name stays
    expect(job?.result).toMatchObject({ body: { needs: ["image"] } });
    expect(JSON.stringify(job?.result)).not.toContain(image.slice(0, 64));
    expect(style.json.pictures[0]).toMatchObject({ needs: ["image"] });
  });

  it("gives PNG, WebP and JPEG by ending or Accept, and all in an archive", async () => {
    const { json } = await drawn({ rows: [1] });
    const type = async (path: string, accept = "*/*") =>
      (await fetch(`${server.url}${path}`, { headers: { accept } })).headers.get("content-type");
    const [whole] = json.images;
    const bare = whole.replace(".png", "");
    expect(
      await Promise.all([type(whole), type(`${bare}.webp`), type(`${bare}.jpg`), type(bare, "image/webp"), type(bare)]),
    ).toEqual(["image/png", "image/webp", "image/jpeg", "image/webp", "image/png"]);
    expect((await pixels(json.zip.replace(server.url, ""))).subarray(0, 2).toString()).toBe("PK");
    expect((await server.ask(`${bare.replace(/0$/, "9")}.png`)).status).toBe(404);
  });

  it.each([
    [{ rows: [99] }, "rows", "rows: must be in 0 … 23, got 99"],
    [{ rows: [1], label: 2 }, "rows", "exclude each other"],
    [{ count: 65 }, "count", "≤ 64"],
    [{ stesp: 3 }, "stesp", 'Did you mean "steps"'],
    [{ solver: "eulr" }, "solver", 'Did you mean "euler"'],
    [{ text: "a heart" }, "text", "conditioned on text"],
    [{ label: "cirle" }, "label", "circle"],
    [{ expression: "circle + cirle" }, "expression", "near it: circle"],
    [{ mask: "aaaa" }, "mask", "needs strength"],
    [{ image: "no picture at all, at all" }, "image", "base64"],
    [{ run: "../tiny" }, "run", 'must be tiny, got "../tiny"'],
  ])("%j is refused with its place", async (body, param, message) => {
    const { status, json } = await drawn(body);
    expect(status).toBe("run" in body ? 404 : 400);
    expect(json.error).toMatchObject({ param, message: expect.stringContaining(message) });
  });
});

async function rawPixels(path: string): Promise<Buffer> {
  const { default: sharp } = await import("sharp");
  return sharp(await pixels(path))
    .raw()
    .toBuffer();
}
