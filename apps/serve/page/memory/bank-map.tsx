import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { rowImage } from "../api/bank.ts";
import type { ServedRun } from "../api/types.ts";
import { run } from "../ask/state.ts";
import { Remote } from "../look/remote.tsx";
import { chosen, map } from "./bank.ts";
import { nearestTo, type Point, within } from "./lasso.ts";
import { paint, placesOf } from "./paint-map.ts";
import { toggle } from "./row-grid.tsx";

/** Screen pixels in which a point is hit. */
const reach = 14;
/** A loop shorter than this is a click. */
const least = 6;

/** The two main directions of the memory; a loop around points chooses their rows. */
export function BankMap(): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [loop, setLoop] = useState<readonly Point[]>([]);
  const [pointed, setPointed] = useState<number>();
  const [width, setWidth] = useState(480);
  const { rows, labels, explained } = map.value;
  const places = placesOf(map.value, width);
  const known = run.value as ServedRun;
  useEffect(() => {
    const element = canvas.current as HTMLCanvasElement;
    const seen = new ResizeObserver(() => setWidth(element.clientWidth));
    seen.observe(element);
    return () => seen.disconnect();
  }, []);
  useEffect(() => {
    if (canvas.current) paint(canvas.current, { width, places, rows, labels, chosen: chosen.value, loop });
  });
  const at = ({ offsetX, offsetY }: PointerEvent): Point => [offsetX, offsetY];
  const end = (event: PointerEvent): void => {
    if (loop.length === 0) return;
    const long = loop.reduce(
      (sum, [x, y], i) => sum + Math.hypot(x - (loop[i - 1]?.[0] ?? x), y - (loop[i - 1]?.[1] ?? y)),
      0,
    );
    const rowOf = (index: number): number => rows[index] as number;
    if (long < least) {
      const hit = nearestTo(at(event), places, reach);
      if (hit !== undefined) toggle(rowOf(hit));
    } else chosen.value = within(places, loop).map(rowOf);
    setLoop([]);
  };
  const row = pointed === undefined ? undefined : rows[pointed];
  const label = known.classes[labels[pointed ?? -1] ?? -1];
  return (
    <div class="map">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Map of ${rows.length} rows of the memory; the list beside it has them by number`}
        style={{ height: `${width}px` }}
        onPointerDown={(event) => {
          (event.target as HTMLElement).setPointerCapture(event.pointerId);
          setLoop([at(event)]);
        }}
        onPointerMove={(event) =>
          loop.length > 0 ? setLoop([...loop, at(event)]) : setPointed(nearestTo(at(event), places, reach))
        }
        onPointerUp={end}
        onPointerCancel={() => setLoop([])}
        onPointerLeave={() => setPointed(undefined)}
      />
      {row !== undefined && loop.length === 0 && (
        <figure class="hover small">
          <Remote path={rowImage(known, row)} alt="" />
          <figcaption>
            {row} {label}
          </figcaption>
        </figure>
      )}
      <p class="quiet note">
        {rows.length === 0
          ? "Laying out the map …"
          : `The two directions in which rows differ most: ${Math.round(100 * (explained[0] + explained[1]))} % of their variance.`}
      </p>
    </div>
  );
}
