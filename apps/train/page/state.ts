import type { BrowserDevice, BrowserFacts, BrowserRequest } from "@gmem/runs/browser";
import { type Signal, signal } from "@preact/signals";
import type { Asked, Told } from "./drawing.ts";

/** Pictures of one press of the button. */
export interface Drawn {
  readonly about: string;
  readonly seed: number;
  readonly images: readonly ImageData[];
  readonly seconds: number;
}

export const facts: Signal<BrowserFacts | undefined> = signal(undefined);
export const device: Signal<BrowserDevice | undefined> = signal(undefined);
export const isDrawing: Signal<boolean> = signal(false);
export const problem: Signal<string> = signal("");
export const gallery: Signal<readonly Drawn[]> = signal([]);

export const row: Signal<number> = signal(0);
export const label: Signal<number> = signal(0);
export const text: Signal<string> = signal("");
export const count: Signal<number> = signal(4);
export const seed: Signal<number> = signal(0);

/** One worker computes: the page stays alive. */
const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
const ask = (asked: Asked): void => worker.postMessage(asked);
let asked = { about: "", seed: 0 };

worker.onmessage = ({ data }: MessageEvent<Told>) => {
  if (data.kind === "opened") {
    facts.value = data.facts;
    device.value = data.device;
    document.title = `${data.facts.name ?? "model"} · GMem`;
    return;
  }
  isDrawing.value = false;
  if (data.kind === "failed") problem.value = data.message;
  else gallery.value = [{ ...asked, images: data.images, seconds: data.seconds }, ...gallery.value].slice(0, 24);
};
worker.onerror = ({ message }) => {
  problem.value = `the page's worker stopped: ${message}`;
};

export function open(): void {
  const wanted = new URLSearchParams(location.search).get("device");
  ask({ kind: "open", base: document.baseURI, wanted: wanted === "wasm" || wanted === "webgpu" ? wanted : undefined });
}

export function draw(): void {
  const known = facts.value;
  if (!known || isDrawing.value) return;
  const { request, about } = requestOf(known);
  problem.value = "";
  isDrawing.value = true;
  asked = { about, seed: seed.value };
  ask({ kind: "draw", request, count: count.value, seed: seed.value });
}

function requestOf({ bank, classes, textEncoder }: BrowserFacts): {
  readonly request: BrowserRequest;
  readonly about: string;
} {
  if (bank) return { request: { rows: [row.value] }, about: `row ${row.value}` };
  if (classes) return { request: { label: label.value }, about: classes[label.value] ?? `${label.value}` };
  if (textEncoder) return { request: { text: text.value }, about: text.value };
  return { request: {}, about: "no condition" };
}
