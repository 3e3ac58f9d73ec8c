import { type BrowserDevice, type ExportedRun, type Ort, openExported } from "@gmem/runs/browser";
import type { Asked, Told } from "./drawing.ts";

const page = self as unknown as {
  onmessage: (event: MessageEvent<Asked>) => void;
  postMessage(told: Told): void;
};

let run: Promise<ExportedRun> | undefined;

page.onmessage = ({ data }) => {
  answer(data).then(
    (told) => page.postMessage(told),
    (error: Error) => page.postMessage({ kind: "failed", message: error.message }),
  );
};

async function answer(asked: Asked): Promise<Told> {
  if (asked.kind === "open") {
    const { device, opened } = await open(asked.base, asked.wanted ?? (await bestDevice()));
    run = Promise.resolve(opened);
    return { kind: "opened", facts: opened.facts, device };
  }
  const start = performance.now();
  const { request, count, seed } = asked;
  const { data, shape } = await (await (run as Promise<ExportedRun>)).draw({ request, count, seed });
  const [, , height = 0, width = 0] = shape;
  const images = Array.from({ length: count }, (_, i) => pixels(data, { index: i, width, height }));
  return { kind: "drawn", images, seconds: (performance.now() - start) / 1000 };
}

/** The GPU where the browser has one. */
async function bestDevice(): Promise<BrowserDevice> {
  const { gpu } = navigator as { readonly gpu?: { requestAdapter(): Promise<unknown> } };
  return (await gpu?.requestAdapter().catch(() => null)) ? "webgpu" : "wasm";
}

/** A GPU that cannot run the programs leaves them to WebAssembly. */
async function open(
  base: string,
  device: BrowserDevice,
): Promise<{ readonly device: BrowserDevice; readonly opened: ExportedRun }> {
  try {
    const ort = (await import(/* @vite-ignore */ new URL(`ort/ort.${device}.min.mjs`, base).href)) as Ort;
    return { device, opened: await openExported({ model: new URL("model/", base), ort, device }) };
  } catch (error) {
    if (device === "wasm") throw error;
    return open(base, "wasm");
  }
}

/** One of pictures [N,3,H,W] in [0,1]. */
function pixels(
  images: Float32Array,
  { index, width, height }: { readonly index: number; readonly width: number; readonly height: number },
): ImageData {
  const area = width * height;
  const picture = new ImageData(width, height);
  for (let pixel = 0; pixel < area; pixel++) {
    for (let c = 0; c < 3; c++) picture.data[4 * pixel + c] = 255 * (images[(3 * index + c) * area + pixel] as number);
    picture.data[4 * pixel + 3] = 255;
  }
  return picture;
}
