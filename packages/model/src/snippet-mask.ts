import { type Aval, array, f32, GMemError, type Named, type NDArray, type Rng, type Tensor } from "@gmem/tensor";

/** What a mask does to the entries it hits, by the names of Appendix G.5. */
export type MaskKind = "zero" | "random" | "noise";

export interface SnippetMaskOptions {
  /** "zero" sets entries to 0, "random" replaces them by noise, "noise" adds noise to all. Default "zero", the best in Table 11. */
  readonly kind?: MaskKind;
  /** Chance of an entry to be hit, in [0, 1); for "noise" the strength. Default 0.4. */
  readonly p?: number;
  /** On the snippet (Algorithm 1, default) or on its projection (§4.1). */
  readonly place?: "before" | "after";
  /** Multiplies what "zero" keeps by 1/(1 − p), so that the expectation is the snippet itself. Default true. */
  readonly rescale?: boolean;
  /** Standard deviation of the noise; default 1/√width, what one entry of a unit snippet has. */
  readonly tau?: number;
}

/** A training-time mask, drawn on the host and applied in the graph as s ⊙ scale + shift. */
export interface SnippetMask {
  readonly kind: MaskKind;
  readonly place: "before" | "after";
  /** For n vectors of `width` entries. */
  feeds(n: number, width: number): Named<Aval>;
  /** The feeds of one sample, [1,width] each. */
  draw(rng: Rng, width: number): Named<NDArray<"f32">>;
}

const names = {
  before: { scale: "snippetScale", shift: "snippetShift" },
  after: { scale: "projectedScale", shift: "projectedShift" },
} as const;

/** x ⊙ scale + shift with whatever a mask drew for this place; x itself without it. */
export function applyMask(x: Tensor, place: "before" | "after", drawn: Named<Tensor> = {}): Tensor {
  const scale = drawn[names[place].scale];
  const shift = drawn[names[place].shift];
  const scaled = scale ? x.mul(scale) : x;
  return shift ? scaled.add(shift) : scaled;
}

/**
 * The snippet mask of §4.1 and G.5. With m ~ Bernoulli(1 − p) for each entry and ξ ~ N(0, 1):
 * zero m⊙s/(1 − p), random m⊙s + (1 − m)⊙τξ, noise s + pτξ. Sampling never masks.
 * @throws {GMemError} code `CONFIG` for an unknown kind, or p outside [0, 1).
 * @example
 * const mask = snippetMask({ kind: "zero", p: 0.4 });
 * const { snippetScale } = mask.draw(key(0), 768); // [1,768]: 0 or 1/0.6
 */
export function snippetMask(options: SnippetMaskOptions = {}): SnippetMask {
  const { kind = "zero", p = 0.4, place = "before", rescale = true, tau } = options;
  checkKind(kind);
  if (!(p >= 0 && p < 1)) throw new GMemError("CONFIG", `snippetMask: p must be in [0, 1), got ${p}`);
  if (tau !== undefined && !(tau >= 0))
    throw new GMemError("CONFIG", `snippetMask: tau must not be negative, got ${tau}`);
  const { scale, shift } = names[place];
  const used = kind === "zero" ? [scale] : kind === "noise" ? [shift] : [scale, shift];
  const kept = kind === "zero" && rescale ? 1 / (1 - p) : 1;

  return {
    kind,
    place,
    feeds: (n, width) => Object.fromEntries(used.map((name) => [name, f32(n, width)])),
    draw(rng, width) {
      const strength = tau ?? 1 / Math.sqrt(width);
      const keep = rng
        .split("keep")
        .uniform([1, width])
        .data.map((u) => (u < p ? 0 : 1));
      const noise = (): Float32Array => rng.split("noise").normal([1, width]).data;
      if (kind === "noise")
        return {
          [shift]: array(
            noise().map((xi) => p * strength * xi),
            [1, width],
          ),
        };
      const scales = array(
        keep.map((m) => m * kept),
        [1, width],
      );
      if (kind === "zero") return { [scale]: scales };
      return {
        [scale]: scales,
        [shift]: array(
          noise().map((xi, j) => (1 - (keep[j] as number)) * strength * xi),
          [1, width],
        ),
      };
    },
  };
}

/** The paper uses one name for two things; accepting it would train the wrong mask without a word. */
function checkKind(kind: string): asserts kind is MaskKind {
  if (kind === "zero" || kind === "random" || kind === "noise") return;
  const hint = /^(random|feature|gaussian)?[ _-]?mask(ing)?$/i.test(kind)
    ? `; §4.1 calls zeroing "random masking", Appendix G.5 calls it "zero": write kind "zero" for that, "random" to replace entries by noise`
    : "";
  throw new GMemError("CONFIG", `snippetMask: kind must be "zero", "random" or "noise", got "${kind}"${hint}`);
}
