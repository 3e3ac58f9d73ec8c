import OpenAI, { APIError, APIUserAbortError, toFile } from "openai";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OpenTiny, openTiny, until } from "../test/open-tiny.ts";
import { tinyRun } from "../test/tiny-run.ts";

let server: OpenTiny;
let client: OpenAI;

beforeAll(async () => {
  server = await openTiny([await tinyRun()], { token: "a-long-secret", queue: 2 });
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "a-long-secret", maxRetries: 0 });
});
afterAll(() => server.stop(1));

const more = { seed: 3, steps: 4 } as object;
const photo = () =>
  sharp({ create: { width: 20, height: 20, channels: 3, background: "#c04020" } })
    .png()
    .toBuffer();

describe("the official client", () => {
  it("lists models and generates, as base64 and as urls", async () => {
    const models = await client.models.list();
    expect(models.data.map(({ id }) => id)).toEqual(["tiny"]);
    const { data = [], ...facts } = await client.images.generate({ model: "tiny", prompt: "circle", n: 2, ...more });
    expect(facts).toMatchObject({ size: "8x8", output_format: "png" });
    const [first] = data;
    expect(await sharp(Buffer.from(first?.b64_json ?? "", "base64")).metadata()).toMatchObject({
      width: 8,
      format: "png",
    });
    const urls = await client.images.generate({
      model: "gpt-image-1",
      prompt: "circle",
      response_format: "url",
      ...more,
    });
    const file = await fetch(urls.data?.[0]?.url ?? "", { headers: { authorization: "Bearer a-long-secret" } });
    expect(Buffer.from(await file.arrayBuffer()).toString("base64")).toBe(first?.b64_json);
  });

  it("streams pictures on the way", async () => {
    const types: string[] = [];
    const asked = { prompt: "#3 + 0.5*circle", n: 1, partial_images: 2, seed: 3, steps: 250 } as const;
    const stream = await client.images.generate({ model: "tiny", ...asked, stream: true } as never);
    for await (const event of stream as unknown as AsyncIterable<{ type: string; b64_json: string }>) {
      types.push(event.type);
      expect(await sharp(Buffer.from(event.b64_json, "base64")).metadata()).toMatchObject({ width: 8 });
    }
    expect(types.at(-1)).toBe("image_generation.completed");
    expect(types.filter((type) => type === "image_generation.partial_image").length).toBeGreaterThan(0);
  });

  it("edits: in the style of a picture, from it, and where a mask lets it", async () => {
    const image = async () => toFile(await photo(), "photo.png", { type: "image/png" });
    const style = await client.images.edit({ model: "tiny", image: await image(), prompt: "like this", ...more });
    expect(style.data).toHaveLength(1);
    const clear = sharp({ create: { width: 20, height: 20, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 1 } } });
    const mask = await toFile(await clear.png().toBuffer(), "mask.png", { type: "image/png" });
    const kept = await client.images.edit({ model: "tiny", image: await image(), mask, prompt: "circle", ...more });
    const [picture] = kept.data ?? [];
    const pixels = await sharp(Buffer.from(picture?.b64_json ?? "", "base64"))
      .raw()
      .toBuffer();
    expect([...pixels.subarray(0, 3)]).toEqual([0xc0, 0x40, 0x20]); // the mask is opaque: nothing is drawn
  });

  it("is told what is wrong in its own words", async () => {
    const refused = client.images.generate({ model: "tiny", prompt: "circle", size: "1024x1024" });
    await expect(refused).rejects.toMatchObject({ status: 400, param: "size", type: "invalid_request_error" });
    await expect(client.images.generate({ model: "tiny", prompt: "cirle" })).rejects.toThrow(/near it: circle/);
    const stranger = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "wrong-secret", maxRetries: 0 });
    const turned = await stranger.models.list().catch((error: unknown) => error);
    expect(turned).toBeInstanceOf(APIError);
    expect(turned).toMatchObject({ status: 401, code: "UNAUTHORIZED" });
  });

  it("that gives up ends its job", async () => {
    const controller = new AbortController();
    const asked = client.images.generate({ prompt: "circle", n: 60, steps: 200 } as never, {
      signal: controller.signal,
    });
    await until(() => server.context.queue.counts().running === 1);
    controller.abort();
    await expect(asked).rejects.toBeInstanceOf(APIUserAbortError);
    await until(() => server.context.queue.counts().running === 0);
    expect(server.context.queue.all.at(-1)?.status).toBe("cancelled");
  });

  it("that asks again after a timeout gets the same work, not twice", async () => {
    const before = server.context.queue.all.length;
    const patient = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "a-long-secret", maxRetries: 8, timeout: 150 });
    const headers = { "Idempotency-Key": "once" };
    const asked = { prompt: "circle", n: 16, steps: 150, seed: 1 } as never;
    const answer = (await patient.images.generate(asked, { headers })) as OpenAI.ImagesResponse;
    expect(answer.data).toHaveLength(16);
    expect(server.context.queue.all.length - before).toBe(1);
    const other = { prompt: "circle", n: 1 } as const;
    await expect(client.images.generate(other, { headers })).rejects.toMatchObject({ status: 422 });
  });
});
