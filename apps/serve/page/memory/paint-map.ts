import type { BankMap } from "../api/bank.ts";
import type { Point } from "./lasso.ts";

export interface Painted {
  /** Of the square, in screen pixels. */
  readonly width: number;
  readonly places: readonly Point[];
  /** Of the places: rows, and numbers of their classes, −1 for none. */
  readonly rows: readonly number[];
  readonly labels: readonly number[];
  /** Rows that are chosen. */
  readonly chosen: readonly number[];
  readonly loop: readonly Point[];
}

/** Points in the colours of their classes, those that are chosen large, and the loop that is being drawn. */
export function paint(canvas: HTMLCanvasElement, { width, places, rows, labels, chosen, loop }: Painted): void {
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const sharp = devicePixelRatio;
  canvas.width = canvas.height = Math.round(width * sharp);
  pen.scale(sharp, sharp);
  const style = getComputedStyle(canvas);
  const [ink, accent] = [style.color, style.getPropertyValue("outline-color")];
  const are = new Set(chosen);
  const radius = Math.max(1.5, Math.min(4, 60 / Math.sqrt(places.length)));
  for (const [i, [x, y]] of places.entries()) {
    const [index, label] = [rows[i] as number, labels[i] as number];
    pen.globalAlpha = chosen.length === 0 || are.has(index) ? 0.85 : 0.25;
    pen.fillStyle = label < 0 ? ink : `hsl(${(label * 137.5) % 360} 65% 52%)`;
    pen.beginPath();
    pen.arc(x, y, are.has(index) ? radius + 1.5 : radius, 0, 2 * Math.PI);
    pen.fill();
  }
  pen.globalAlpha = 1;
  if (loop.length < 2) return;
  pen.strokeStyle = accent;
  pen.lineWidth = 2;
  pen.beginPath();
  for (const [x, y] of loop) pen.lineTo(x, y);
  pen.closePath();
  pen.stroke();
}

/** Space around the points, in screen pixels. */
const margin = 12;

/** Where points lie on the canvas: both axes at one scale, the larger one from side to side. */
export function placesOf({ x, y }: Pick<BankMap, "x" | "y">, width: number): readonly Point[] {
  const [left, right] = [x.reduce((a, b) => Math.min(a, b), 0), x.reduce((a, b) => Math.max(a, b), 0)];
  const [low, high] = [y.reduce((a, b) => Math.min(a, b), 0), y.reduce((a, b) => Math.max(a, b), 0)];
  const scale = (width - 2 * margin) / Math.max(right - left, high - low, 1e-9);
  const middle = width / 2;
  return x.map((at, i) => [
    middle + scale * (at - (left + right) / 2),
    middle - scale * ((y[i] as number) - (low + high) / 2),
  ]);
}
