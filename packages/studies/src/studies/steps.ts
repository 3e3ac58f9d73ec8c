import { pictures } from "../cells/pictures.ts";
import type { Study } from "../frame/study.ts";
import { pictureCounts, pictureMetrics, sceneNotes, sceneSizes } from "./scene-runs.ts";

const solved = (solver: string, steps: number): Study["configurations"][string] => ({
  about: `${solver}, ${steps} steps`,
  settings: { sampler: { solver, steps } },
});

/** G.3, Table 9 and Table 11: solvers and their steps on one trained run. */
export const steps: Study = {
  name: "steps",
  about: "Network calls, Euler, Heun, and with noise in every step, on one trained run",
  where: "G.3, Table 9, Table 11",
  cell: pictures,
  configurations: {
    "euler-6": solved("euler", 6),
    "euler-24": solved("euler", 24),
    "euler-96": solved("euler", 96),
    "heun-12": solved("heun", 12),
    "euler-maruyama-24": solved("euler-maruyama", 24),
    "euler-maruyama-96": solved("euler-maruyama", 96),
    "heun-sde-12": solved("heun-sde", 12),
    "heun-sde-48": solved("heun-sde", 48),
  },
  sizes: sceneSizes(pictureCounts),
  metrics: {
    distance: pictureMetrics.distance,
    adherence: pictureMetrics.adherence,
    forwards: { about: "network calls for a picture", better: "less" },
  },
  claims: [
    {
      text: "Quality falls slowly with fewer calls: a quarter of them costs at most a third",
      where: "Table 9 (5.8 at 250, 7.5 at 50, 12.3 at 25)",
      rule: [{ less: ["euler-24", "distance"], more: ["euler-96", "distance"], factor: 4 / 3 }],
    },
    {
      text: "More calls are better",
      where: "Table 9",
      rule: [
        { less: ["euler-24", "distance"], more: ["euler-6", "distance"] },
        { less: ["euler-96", "distance"], more: ["euler-24", "distance"] },
      ],
    },
    {
      text: "SDE solvers are better than ODE solvers",
      where: "§ 5.5, Table 11 (5.70 against 6.70)",
      rule: [
        { less: ["heun-sde-12", "distance"], more: ["heun-12", "distance"] },
        { less: ["euler-maruyama-24", "distance"], more: ["euler-24", "distance"] },
        { less: ["euler-maruyama-96", "distance"], more: ["euler-96", "distance"] },
      ],
    },
  ],
  paper: [{ what: "FID, LightningDiT-B/1 (Table 11)", values: { "heun-sde-48": 5.7, "heun-12": 6.7 } }],
  notes: [
    ...sceneNotes,
    "The paper's SDE takes 99 network calls, its ODE is not said to take how many.",
    "Guidance is left out: the run never saw a null snippet.",
  ],
};
