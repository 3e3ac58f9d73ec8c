import { mixtureFlow } from "../cells/mixture-flow.ts";
import { conditioningPanels } from "../figures/conditioning-panels.ts";
import type { Inequality, Study } from "../frame/study.ts";

const order = ["strong", "gmem", "weak", "unconditional"] as const;

/** Each regime at least a tenth below the next weaker one. */
const ordered = (metric: string, prefix = ""): Inequality[] =>
  order.slice(1).map((weaker, i) => ({
    less: [`${prefix}${order[i]}`, metric],
    more: [`${prefix}${weaker}`, metric],
    factor: 0.9,
  }));

/** § 3.2 and Figure 3: the stronger the condition, the straighter the flow. */
export const conditioning: Study = {
  name: "conditioning",
  about: "Strength of the condition and curvature of the flow, on a Gaussian mixture in the plane",
  where: "§ 3.2, Figure 3",
  cell: mixtureFlow,
  configurations: {
    unconditional: { about: "no condition", settings: { regime: "unconditional" } },
    weak: { about: "mean of the component", settings: { regime: "weak" } },
    gmem: { about: "nearest of 64 snippets + N(0, I)", settings: { regime: "gmem" } },
    strong: { about: "x₀ itself", settings: { regime: "strong" } },
    "gmem-16": { about: "nearest of 16 snippets", settings: { regime: "gmem", snippets: 16 } },
    "gmem-256": { about: "nearest of 256 snippets", settings: { regime: "gmem", snippets: 256 } },
    "gmem-noise-4": { about: "64 snippets + N(0, 16 I)", settings: { regime: "gmem", noise: 4 } },
    "learned-unconditional": { about: "v_θ, no condition", settings: { regime: "unconditional", learned: true } },
    "learned-weak": { about: "v_θ, mean of the component", settings: { regime: "weak", learned: true } },
    "learned-gmem": { about: "v_θ, snippet", settings: { regime: "gmem", learned: true } },
    "learned-strong": { about: "v_θ, x₀", settings: { regime: "strong", learned: true } },
  },
  sizes: {
    quick: {
      settings: {
        components: 6,
        radius: 8,
        deviation: 2,
        points: 4096,
        snippets: 64,
        noise: 1,
        trajectories: 256,
        eulerSteps: 100,
        held: 32,
        noises: 64,
        network: { steps: 2000, batch: 256, width: 128 },
      },
      seeds: [0, 1, 2, 3, 4, 5],
    },
    full: {
      settings: {
        components: 6,
        radius: 8,
        deviation: 2,
        points: 16384,
        snippets: 64,
        noise: 1,
        trajectories: 1024,
        eulerSteps: 200,
        held: 64,
        noises: 128,
        network: { steps: 6000, batch: 512, width: 128 },
      },
      seeds: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    },
  },
  metrics: {
    straightness: { about: "S = ∫‖v − (x₁ − x₀)‖² dt", better: "less" },
    relativeStraightness: { about: "S / E‖x₁ − x₀‖²", better: "less" },
    turning: { about: "turning, radians", better: "less" },
    predictionPath: { about: "way of the predicted x₀", better: "less" },
    lengthRatio: { about: "length / distance", better: "less" },
    length: { about: "length", better: "less" },
    spread: { about: "spread for a fixed condition", better: "more" },
    energyDistance: { about: "energy distance to fresh data", better: "less" },
    error: { about: "E‖v_θ − v‖²", better: "less" },
  },
  claims: [
    {
      text: "A snippet straightens the flow: curvature falls from no condition over a class and a snippet to x₀ itself",
      where: "§ 3.2, Figure 3 top",
      rule: [...ordered("straightness"), ...ordered("turning")],
    },
    {
      text: "The predicted x₀ converges early and stays flat, in the same order",
      where: "Figure 3 bottom",
      rule: ordered("predictionPath"),
    },
    {
      text: "A snippet shortens the trajectories",
      where: "Figure 3 (“minimizing curvature and trajectory length”)",
      rule: [
        { less: ["gmem", "length"], more: ["weak", "length"] },
        { less: ["gmem", "length"], more: ["unconditional", "length"] },
      ],
    },
    {
      text: "A snippet leaves something open where x₀ as the condition collapses to a point",
      where: "§ 3.2 (“Strong label suffers from overfitting”)",
      rule: [
        { less: ["strong", "spread"], more: 0.05 },
        { less: 0.5, more: ["gmem", "spread"] },
      ],
    },
    {
      text: "The distribution of weak conditioning is kept: samples of all conditions together are as close to the data",
      where: "Figure 3 (“preserves the distributional spread seen in weak conditioning”)",
      rule: [{ less: ["gmem", "energyDistance"], more: ["weak", "energyDistance"], plus: 0.03 }],
    },
    {
      text: "The spread for one condition is that of weak conditioning, within a tenth",
      where: "Figure 3, taken for a single condition",
      rule: [{ less: ["weak", "spread"], more: ["gmem", "spread"], factor: 1 / 0.9 }],
    },
    {
      text: "More snippets condition more strongly",
      where: "§ 3.1",
      rule: [
        { less: ["gmem", "straightness"], more: ["gmem-16", "straightness"] },
        { less: ["gmem-256", "straightness"], more: ["gmem", "straightness"] },
      ],
    },
    {
      text: "Noise on the snippet may be larger than a class is wide",
      where: "§ 3.2 gives ε ~ N(0, I) and no scale of the data",
      rule: [{ less: ["gmem-noise-4", "straightness"], more: ["weak", "straightness"] }],
    },
    {
      text: "A learned v_θ shows the same order",
      where: "§ 3.2",
      rule: [...ordered("straightness", "learned-"), ...ordered("turning", "learned-")],
    },
    {
      text: "After equal steps v_θ is closer to the exact velocity the stronger the condition",
      where: "§ 3.2 (“significantly impeding convergence”)",
      rule: [
        { less: ["learned-gmem", "error"], more: ["learned-weak", "error"] },
        { less: ["learned-weak", "error"], more: ["learned-unconditional", "error"] },
      ],
    },
  ],
  paper: [],
  figures: [conditioningPanels],
  notes: [
    "The paper gives no numbers here, only the pictures.",
    "Six components of deviation 2 on a circle of radius 8, linear path, Euler; exact velocities but for v_θ, three layers of 128 trained for 2,000 steps of 256 (full: 6,000 of 512).",
    "Length alone does not measure curvature: without a condition the flow goes to the nearest component, which is a shorter way.",
  ],
};
