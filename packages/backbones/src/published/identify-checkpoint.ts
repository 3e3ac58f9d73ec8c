import type { LatentShape } from "@gmem/spec";
import { GMemError, type Named } from "@gmem/tensor";
import { checkTensors } from "@gmem/weights";
import {
  type CheckpointConditioner,
  type CheckpointDescription,
  type CheckpointFamily,
  type CheckpointNetwork,
  checkpointBackbone,
  parameterAvals,
} from "./description.ts";
import { identifySana } from "./identify-sana.ts";
import { blockCount, isLightning, isRepa, type Measures, measure, type Shaped } from "./measure.ts";
import { ourNames } from "./official-names.ts";
import { type IdentifyOptions, openQuestions } from "./open-questions.ts";
import { ourSanaTensors, type SanaNames, sanaNames } from "./sana-tensors.ts";

/**
 * Tells from names and shapes alone which network a published checkpoint holds: SiT, REPA, DiT, LightningDiT, GMem or
 * Sana of any size, grid and combination of switches, with its conditioner and REPA's head, or OpenUni's connector.
 * @param avals the tensors of the network alone, as `selectStateDict` of @gmem/weights gives them, or their shapes by name.
 * @throws {TensorsError} code `WEIGHTS` with every tensor that is not of such a network; {GMemError} code `CONFIG` for an
 * option that is needed, or that shapes contradict; {ShapeError} for sizes that no backbone is built with.
 * @example
 * const backbone = sit({ ...sitS, depth: 2, latent: [4, 32, 32], patchSize: 2 });
 * const found = identifyCheckpoint(backbone.init(key(0)));
 * found.config; // latent [4,32,32], patchSize 2, depth 2, hiddenSize 384, heads 6, …
 */
export function identifyCheckpoint(avals: Named<Shaped>, options: IdentifyOptions = {}): CheckpointDescription {
  const names = Object.keys(avals);
  const known = sanaNames(names);
  if (known) return sanaOf(avals, { names: known, options });
  const decoderFrom = names.some((name) => name.startsWith("decoder_blocks.")) ? blockCount(names) : undefined;
  const tensors = ourNames(avals, decoderFrom);
  const measures = measure(tensors);
  const { projectors } = measures;
  const network = networkOf(measures, { ...options, tapAfter: options.tapAfter ?? decoderFrom });
  const found = {
    ...network,
    conditioner: conditionerOf(measures, options),
    timeDirection:
      options.timeDirection ?? (network.family === "dit" ? "steps" : isRepa(measures, decoderFrom) ? "data0" : "data1"),
    ...(projectors.length > 0 && { projectors }),
    ...(decoderFrom !== undefined && { decoderFrom }),
  };
  checkpointBackbone(found); // refuses what cannot be built
  const description = { ...found, ambiguous: openQuestions(found, { measures, options }) };
  checkTensors(tensors, parameterAvals(description), "identifyCheckpoint");
  return description;
}

/** @throws {TensorsError} code `WEIGHTS` with every tensor that is not of a Sana. */
function sanaOf(
  avals: Named<Shaped>,
  given: { readonly names: SanaNames; readonly options: IdentifyOptions },
): CheckpointDescription {
  const tensors = ourSanaTensors(avals, given.names);
  const description = identifySana(tensors, given);
  checkpointBackbone(description);
  checkTensors(tensors, parameterAvals(description), "identifyCheckpoint");
  return description;
}

type NetworkOptions = Pick<IdentifyOptions, "family" | "heads" | "latent"> & { readonly tapAfter: number | undefined };

function networkOf(measures: Measures, options: NetworkOptions): CheckpointNetwork {
  const { patchSize, depth, hiddenSize, learnSigma, qkNorm, swiglu, rope, rmsNorm, woShift } = measures;
  const { tapAfter } = options;
  const family = familyOf(measures, options.family);
  const shared = {
    latent: latentOf(measures, options.latent),
    patchSize,
    depth,
    hiddenSize,
    heads: headsOf(measures, options.heads),
    learnSigma,
    qkNorm,
    ...(tapAfter !== undefined && { tapAfter }),
  };
  if (family === "lightning-dit") return { family, config: { ...shared, swiglu, rope, rmsNorm, woShift } };
  return { family, config: { ...shared, mlpRatio: ratioOf(measures) } };
}

function familyOf(measures: Measures, asked: CheckpointFamily | undefined): Exclude<CheckpointFamily, "sana"> {
  if (asked === "sana")
    return refuse("family must be sit, dit or lightning-dit for blocks without cross-attention", asked);
  if (!isLightning(measures)) return asked ?? "sit";
  if (asked === undefined || asked === "lightning-dit") return "lightning-dit";
  return refuse(
    `family must be lightning-dit for tensors with RMS norms, SwiGLU, rotary tables or blocks without shifts`,
    asked,
  );
}

/** Grids are square unless the option says otherwise. */
function latentOf({ tokens, channels, patchSize }: Measures, asked: LatentShape | undefined): LatentShape {
  if (asked) {
    const count = (asked[1] / patchSize) * (asked[2] / patchSize);
    if (asked[0] === channels && (tokens === undefined || count === tokens)) return asked;
    return refuse(
      `latent must have ${channels} channels and ${tokens} tokens of ${patchSize}×${patchSize}`,
      `[${asked}]`,
    );
  }
  const side = Math.sqrt(tokens ?? Number.NaN);
  if (Number.isInteger(side)) return [channels, side * patchSize, side * patchSize];
  return refuse(`latent must be given where the tokens are no square`, `${tokens ?? "no"} tokens and no latent`);
}

function headsOf({ headDim, hiddenSize }: Measures, asked: number | undefined): number {
  const usual = hiddenSize === 1152 ? 72 : 64;
  const heads = asked ?? hiddenSize / (headDim ?? usual);
  if (headDim !== undefined && heads * headDim !== hiddenSize)
    return refuse(`heads must be ${headDim} wide for D = ${hiddenSize}`, `${heads} heads`);
  if (Number.isInteger(heads) && heads > 0 && hiddenSize % heads === 0) return heads;
  return refuse(
    `heads must be given and divide D = ${hiddenSize}: no shape shows them, and they are not ${usual} wide`,
    asked === undefined ? "none" : `${asked}`,
  );
}

/** The MLP's width over D, such that rounding down gives the units again. */
function ratioOf({ units, hiddenSize }: Measures): number {
  const ratio = units / hiddenSize;
  return Math.floor(hiddenSize * ratio) === units ? ratio : (units + 0.5) / hiddenSize;
}

function conditionerOf(
  { classRows, snippetDim, textAdapter }: Measures,
  options: IdentifyOptions,
): CheckpointConditioner {
  const [hidden, textDim] = textAdapter ?? [];
  if (snippetDim !== undefined && hidden !== undefined && textDim !== undefined)
    return { kind: "t2s", snippetDim, textDim, hidden };
  if (snippetDim !== undefined) return { kind: "memory-bank", snippetDim };
  if (classRows === undefined) return { kind: "none" };
  const fewest = Math.max(1, classRows - 1); // one row alone is a class
  const classes = options.classes ?? fewest;
  if (classes === classRows || classes === fewest)
    return { kind: "class-table", classes, nullRow: classes < classRows };
  const wanted =
    fewest === classRows ? "1 for a table of one row" : `${fewest} or ${classRows} for a table of ${classRows} rows`;
  return refuse(`classes must be ${wanted}`, `${classes}`);
}

function refuse(rule: string, got: string): never {
  throw new GMemError("CONFIG", `identifyCheckpoint: ${rule}, got ${got}`);
}
