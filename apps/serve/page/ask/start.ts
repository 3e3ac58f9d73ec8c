import { type Signal, signal } from "@preact/signals";
import type { SampleBody } from "../api/types.ts";

/** A part of a picture, in shares of its width and height. */
export interface Part {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A picture that drawing begins from. */
export interface Start {
  readonly name: string;
  /** A square PNG as a data URL. */
  readonly image: string;
  readonly strength: number;
  /** What is drawn anew; undefined for all of it. */
  readonly part: Part | undefined;
}

export const start: Signal<Start | undefined> = signal(undefined);

/** Pixels of the square that is sent: the server takes its own size of it. */
const side = 256;

/** The part between two corners, within the picture; undefined where it is too small to be meant. */
export function partBetween(a: readonly [number, number], b: readonly [number, number]): Part | undefined {
  const within = (value: number): number => Math.min(1, Math.max(0, value));
  const [left, right] = [a[0], b[0]].map(within).sort((p, q) => p - q) as [number, number];
  const [top, bottom] = [a[1], b[1]].map(within).sort((p, q) => p - q) as [number, number];
  const part = { x: left, y: top, width: right - left, height: bottom - top };
  return part.width < 0.03 || part.height < 0.03 ? undefined : part;
}

/** What a start adds to what is asked. */
export function startBody(begun: Start | undefined, maskOf: (part: Part) => string): Partial<SampleBody> {
  if (!begun) return {};
  const { image, strength, part } = begun;
  return { image, strength, ...(part && { mask: maskOf(part) }) };
}

/** The middle square of a picture file. */
export async function squareOf(file: File): Promise<string> {
  const bitmap = await createImageBitmap(file);
  const least = Math.min(bitmap.width, bitmap.height);
  return drawnBy((context) => {
    const [x, y] = [(bitmap.width - least) / 2, (bitmap.height - least) / 2];
    context.drawImage(bitmap, x, y, least, least, 0, 0, side, side);
  });
}

/** A mask: white is drawn anew, black stays. */
export const maskOf = ({ x, y, width, height }: Part): string =>
  drawnBy((context) => {
    context.fillStyle = "#000";
    context.fillRect(0, 0, side, side);
    context.fillStyle = "#fff";
    context.fillRect(Math.round(x * side), Math.round(y * side), Math.round(width * side), Math.round(height * side));
  });

function drawnBy(work: (context: CanvasRenderingContext2D) => void): string {
  const canvas = document.createElement("canvas");
  canvas.width = side;
  canvas.height = side;
  work(canvas.getContext("2d") as CanvasRenderingContext2D);
  return canvas.toDataURL("image/png");
}
