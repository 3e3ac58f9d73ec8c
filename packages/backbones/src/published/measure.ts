import { GMemError, type Named, type Shape } from "@gmem/tensor";

/** Anything that has a shape: an array, or what describes one. */
export interface Shaped {
  readonly shape: Shape;
}

/** What the shapes of a diffusion transformer say at once. */
export interface Measures {
  /** D. */
  readonly hiddenSize: number;
  /** C. */
  readonly channels: number;
  /** p. */
  readonly patchSize: number;
  readonly depth: number;
  /** T, by a position table. */
  readonly tokens: number | undefined;
  /** Width of a head, by a norm of q or a rotary table. */
  readonly headDim: number | undefined;
  /** Units of the MLP. */
  readonly units: number;
  readonly swiglu: boolean;
  readonly rope: boolean;
  readonly rmsNorm: boolean;
  readonly qkNorm: boolean;
  readonly woShift: boolean;
  readonly learnSigma: boolean;
  /** Rows of the class table. */
  readonly classRows: number | undefined;
  /** d of the S-Adapter. */
  readonly snippetDim: number | undefined;
  /** Of an adapter from text to snippets: widths of its hidden layer and of a text's vector. */
  readonly textAdapter: readonly [hidden: number, textDim: number] | undefined;
  /** Of REPA, one for each encoder. */
  readonly projectors: readonly ProjectorSize[];
}

/** A head of REPA and where it stands, as `velocityModel` takes it. */
export interface ProjectorSize {
  readonly at: string;
  readonly hidden: number;
  readonly width: number;
}

/** How many blocks names speak of. */
export function blockCount(names: readonly string[], at = "blocks"): number {
  const numbers = names.flatMap((name) => (name.startsWith(`${at}.`) ? name.slice(at.length + 1).split(".")[0] : []));
  return new Set(numbers.filter((number) => /^\d+$/.test(number ?? ""))).size;
}

/** @throws {GMemError} code `WEIGHTS` where the tensors are none of such a network. */
export function measure(tensors: Named<Shaped>): Measures {
  const shape = (name: string): Shape | undefined => (Object.hasOwn(tensors, name) ? tensors[name]?.shape : undefined);
  const swiglu = shape("blocks.0.mlp.w12.weight") !== undefined;
  const needed = {
    kernel: "x_embedder.proj.weight",
    adaLN: "blocks.0.adaLN_modulation.1.weight",
    mlp: swiglu ? "blocks.0.mlp.w3.weight" : "blocks.0.mlp.fc2.weight",
    last: "final_layer.linear.weight",
  } as const;
  const missing = Object.values(needed).filter((name) => shape(name) === undefined);
  if (missing.length > 0)
    throw new GMemError(
      "WEIGHTS",
      `identifyCheckpoint: SiT, DiT and LightningDiT have ${missing.join(", ")}, got ${Object.keys(tensors).slice(0, 8).join(", ") || "no tensors"}; pass the tensors of the network, selectStateDict of @gmem/weights finds them`,
    );
  const [hiddenSize = 0, channels = 0, patchSize = 0] = shape(needed.kernel) ?? [];
  const rotary = shape("feat_rope.freqs_cos") ?? shape("feat_rope.freqs_sin");
  const norm = shape("blocks.0.attn.q_norm.weight");
  const list = ["projectors", "projector"].find((name) => shape(`${name}.0.0.weight`) !== undefined);
  const projectors: ProjectorSize[] = [];
  for (let at = `${list}.0`; shape(`${at}.0.weight`); at = `${list}.${projectors.length}`)
    projectors.push({ at, hidden: shape(`${at}.0.weight`)?.[0] ?? 0, width: shape(`${at}.4.weight`)?.[0] ?? 0 });
  return {
    hiddenSize,
    channels,
    patchSize,
    swiglu,
    depth: blockCount(Object.keys(tensors)),
    tokens: shape("pos_embed")?.[1] ?? rotary?.[0],
    headDim: norm?.[0] ?? rotary?.[1],
    units: shape(needed.mlp)?.[1] ?? 0,
    rope: rotary !== undefined,
    rmsNorm: shape("blocks.0.norm1.weight") !== undefined,
    qkNorm: norm !== undefined,
    woShift: shape(needed.adaLN)?.[0] === 4 * hiddenSize,
    learnSigma: shape(needed.last)?.[0] === 2 * channels * patchSize ** 2,
    classRows: shape("y_embedder.embedding_table.weight")?.[0],
    snippetDim: shape("condition_projection.linear.weight")?.[1],
    textAdapter: shape("t2s.0.weight") as Measures["textAdapter"],
    projectors,
  };
}

/** Switches that LightningDiT alone has. */
export const isLightning = ({ swiglu, rope, rmsNorm, woShift }: Measures): boolean =>
  swiglu || rope || rmsNorm || woShift;

/** REPA's name for its head, or its older names for blocks. */
export const isRepa = ({ projectors }: Measures, decoderFrom: number | undefined): boolean =>
  projectors[0]?.at === "projectors.0" || decoderFrom !== undefined;
