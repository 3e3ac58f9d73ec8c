import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ReportImage } from "@gmem/report";
import { writeFileAtomic } from "@gmem/weights";

/** The grids of a run in its folder `samples`, one for every so many steps, those of earlier processes included. */
export interface Grids {
  save(step: number, png: Uint8Array): Promise<void>;
  has(step: number): boolean;
  /** The first one and the last three of the steps up to `step`, newest first. */
  shown(step: number): readonly Extract<ReportImage, { readonly png: Uint8Array }>[];
}

/** @param shows what they are grids of. */
export function grids(folder: string, shows = "samples"): Grids {
  mkdirSync(folder, { recursive: true });
  const fileOf = (step: number): string => join(folder, `step-${String(step).padStart(6, "0")}.png`);
  return {
    save: (step, png) => writeFileAtomic(fileOf(step), png),
    has: (step) => existsSync(fileOf(step)),
    shown(step) {
      const all = readdirSync(folder)
        .flatMap((name) => {
          const found = /^step-(\d+)\.png$/.exec(name);
          return found ? [{ name, step: Number(found[1]) }] : [];
        })
        .filter((grid) => grid.step <= step) // a run that goes on from a checkpoint makes later ones again
        .sort((a, b) => b.step - a.step);
      const kept = all.length > 4 ? [...all.slice(0, 3), ...all.slice(-1)] : all;
      return kept.map((grid) => ({
        title: `${shows} after step ${grid.step}`,
        png: readFileSync(join(folder, grid.name)),
      }));
    },
  };
}
