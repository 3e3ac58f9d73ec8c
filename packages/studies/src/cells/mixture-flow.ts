import { key, type Rng } from "@gmem/tensor";
import type { CellContext, CellKind } from "../frame/cell-kind.ts";
import { energyDistance } from "../mixture/energy-distance.ts";
import { exactField, type Field, type Flow, flow } from "../mixture/flow.ts";
import { flowShape } from "../mixture/flow-shape.ts";
import { drawMixture, type MixtureDraw, type Points } from "../mixture/gaussian-mixture.ts";
import { type LearnedSettings, learnVelocity, withLearnedField } from "../mixture/learned-velocity.ts";
import { type ConditionedMixture, conditionedMixture, pointAt, type RegimeSettings } from "../mixture/regimes.ts";

/** One regime of conditioning on a Gaussian mixture. */
export interface MixtureFlowSettings extends RegimeSettings {
  readonly trajectories: number;
  readonly eulerSteps: number;
  /** Conditions of which each is held fixed, and noises for each, to see how much its samples differ. */
  readonly held: number;
  readonly noises: number;
  /** Whether the velocity is v_θ, a network's, or the exact one. */
  readonly learned?: boolean;
  readonly network: LearnedSettings;
}

/** Flows of a regime: how straight they are, how much a condition leaves open, and whether they end at the data. */
export const mixtureFlow: CellKind = {
  name: "mixture-flow",
  async compute(given, context) {
    const settings = given as unknown as MixtureFlowSettings;
    const rng = key(context.seed);
    return withField(settings, context, async ({ mixture, fieldOf, error }) => {
      const { flow: ways, targets } = await drawFlow(settings, { mixture, fieldOf, rng });
      const ends = ways.positions.at(-1) as Points;
      const fresh = drawMixture(settings, { count: 2048, rng: rng.split("fresh") }).points;
      return {
        ...flowShape(ways),
        spread: await spreadOf(settings, { mixture, targets, fieldOf, rng }),
        energyDistance: energyDistance(ends, fresh),
        ...(error ? { error: await error(rng.split("error")) } : {}),
      };
    });
  },
};

/** Velocity fields by the conditions of their points. */
export type FieldOf = <T>(conditions: Points, work: (field: Field) => Promise<T>) => Promise<T>;

export interface OpenField {
  readonly mixture: ConditionedMixture;
  readonly fieldOf: FieldOf;
  /** Of a learned velocity: its mean squared distance from the exact one, on x_t of fresh points. */
  readonly error?: (rng: Rng) => Promise<number>;
}

/** The exact velocity, or one that is learned first. */
export async function withField<T>(
  settings: MixtureFlowSettings,
  context: CellContext,
  work: (open: OpenField) => Promise<T>,
): Promise<T> {
  const { learned = false, network } = settings;
  const mixture = conditionedMixture(settings, key(context.seed));
  const exact = (conditions: Points): Field =>
    exactField(Array.from({ length: conditions.length / 2 }, (_, i) => mixture.given(conditions, i)));
  if (!learned) return work({ mixture, fieldOf: async (conditions, use) => use(exact(conditions)) });
  const engine = await context.engine();
  const { seed, signal, onProgress } = context;
  const parameters = await learnVelocity(mixture, {
    ...network,
    engine,
    seed,
    ...(signal ? { signal } : {}),
    onStep: (step) => step % 100 === 0 && onProgress?.({ stage: "train", done: step, total: network.steps }),
  });
  const fieldOf: FieldOf = (conditions, use) => withLearnedField({ engine, parameters, conditions }, use);
  return work({ mixture, fieldOf, error: (rng) => errorOf(settings, { mixture, fieldOf, exact, rng }) });
}

/** Fresh points of the mixture, and flows from noise under their conditions. */
export async function drawFlow(
  settings: MixtureFlowSettings,
  { mixture, fieldOf, rng }: Pick<OpenField, "mixture" | "fieldOf"> & { readonly rng: Rng },
): Promise<{ readonly targets: MixtureDraw; readonly flow: Flow }> {
  const { trajectories: count, eulerSteps: steps } = settings;
  const targets = drawMixture(settings, { count, rng: rng.split("targets") });
  const conditions = mixture.conditionsOf(targets, rng.split("trajectories"));
  const start = Float64Array.from(rng.split("start").normal([2 * count]).data);
  return { targets, flow: await fieldOf(conditions, (field) => flow(field, start, { steps })) };
}

/** Standard deviation along an axis of what a fixed condition ends at, mean over axes and conditions. */
async function spreadOf(
  { held, noises, eulerSteps: steps }: MixtureFlowSettings,
  { mixture, targets, fieldOf, rng }: Pick<OpenField, "mixture" | "fieldOf"> & { targets: MixtureDraw; rng: Rng },
): Promise<number> {
  const some = { points: targets.points.subarray(0, 2 * held), component: targets.component.subarray(0, held) };
  const own = mixture.conditionsOf(some, rng.split("held"));
  const repeated = Float64Array.from(
    { length: 2 * held * noises },
    (_, j) => own[2 * Math.floor(j / (2 * noises)) + (j & 1)] as number,
  );
  const start = Float64Array.from(rng.split("noises").normal([2 * held * noises]).data);
  const { positions } = await fieldOf(repeated, (field) => flow(field, start, { steps }));
  const ends = positions.at(-1) as Points;
  let sum = 0;
  for (let i = 0; i < held; i++) {
    const group = ends.subarray(2 * i * noises, 2 * (i + 1) * noises);
    sum += (deviation(group, 0) + deviation(group, 1)) / 2;
  }
  return sum / held;
}

function deviation(points: Points, axis: 0 | 1): number {
  const n = points.length / 2;
  const values = Array.from({ length: n }, (_, i) => points[2 * i + axis] as number);
  const mean = values.reduce((total, value) => total + value, 0) / n;
  return Math.sqrt(values.reduce((total, value) => total + (value - mean) ** 2, 0) / (n - 1));
}

const errorTimes = 20;

/** E‖v_θ − v‖² on x_t = (1−t) x₀ + t ε, t in the middle of twenty equal parts of [0, 1]. */
async function errorOf(
  settings: MixtureFlowSettings,
  {
    mixture,
    fieldOf,
    exact,
    rng,
  }: Pick<OpenField, "mixture" | "fieldOf"> & { exact: (conditions: Points) => Field; rng: Rng },
): Promise<number> {
  const draw = drawMixture(settings, { count: 512, rng });
  const conditions = mixture.conditionsOf(draw, rng);
  const noise = rng.split("eps").normal([draw.points.length]).data;
  const truth = exact(conditions);
  return fieldOf(conditions, async (field) => {
    let sum = 0;
    for (let k = 0; k < errorTimes; k++) {
      const t = (k + 0.5) / errorTimes;
      const x = draw.points.map((value, j) => (1 - t) * value + t * (noise[j] as number));
      const [learned, right] = [await field(x, t), await truth(x, t)];
      for (let i = 0; i < draw.component.length; i++) {
        const [[a, b], [c, d]] = [pointAt(learned, i), pointAt(right, i)];
        sum += (a - c) ** 2 + (b - d) ** 2;
      }
    }
    return sum / (errorTimes * draw.component.length);
  });
}
