import { linePanels } from "@gmem/report";
import { key } from "@gmem/tensor";
import { drawFlow, type MixtureFlowSettings, withField } from "../cells/mixture-flow.ts";
import type { FigureKind } from "../frame/cell-kind.ts";
import type { Flow } from "../mixture/flow.ts";
import { meansOf, type Points } from "../mixture/gaussian-mixture.ts";
import { nearestOf, pointAt, type Regime } from "../mixture/regimes.ts";

const shown = 48;
const regimes: readonly (readonly [Regime, string])[] = [
  ["unconditional", "unconditional"],
  ["weak", "weak: class mean"],
  ["gmem", "GMem: snippet + noise"],
  ["strong", "strong: x₀"],
];

/** Figure 3: trajectories of each regime above, predicted x₀ over time below. */
export const conditioningPanels: FigureKind = {
  name: "trajectories",
  about:
    "Trajectories from noise to data, coloured by where they end, and the first coordinate of the predicted x₀ over time",
  async draw(given, context) {
    const flows = await Promise.all(
      regimes.map(async ([regime, title]) => {
        const settings = { ...given, regime, trajectories: shown } as unknown as MixtureFlowSettings;
        const { flow } = await withField(settings, context, ({ mixture, fieldOf }) =>
          drawFlow(settings, { mixture, fieldOf, rng: key(context.seed) }),
        );
        return { title, flow };
      }),
    );
    const means = meansOf(given as unknown as MixtureFlowSettings);
    const groupOf = ({ positions }: Flow, i: number): string =>
      `component ${nearestOf(means, positions.at(-1) as Points, i)}`;
    const each = Array.from({ length: shown }, (_, i) => i);
    const round = (value: number): number => Math.round(100 * value) / 100;
    const above = flows.map(({ title, flow }) => ({
      title,
      x: "x",
      y: "y",
      square: 13,
      lines: each.map((i) => ({
        group: groupOf(flow, i),
        points: flow.positions
          .filter((_, step) => step % 4 === 0)
          .map((x) => pointAt(x, i).map(round) as [number, number]),
      })),
    }));
    const below = flows.map(({ flow }) => ({
      title: "predicted x₀",
      x: "t, from noise to data",
      y: "x",
      reverse: true,
      lines: each.map((i) => ({
        group: groupOf(flow, i),
        points: flow.predictions.flatMap((x, step): [number, number][] =>
          step % 4 === 0 ? [[flow.times[step] as number, round(pointAt(x, i)[0])]] : [],
        ),
      })),
    }));
    return linePanels([...above, ...below], { columns: regimes.length });
  },
};
