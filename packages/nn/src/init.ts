import { type NDArray, type Rng, type Shape, sizeOf, zeros } from "@gmem/tensor";

/** U(−b, b), b = √(6/(in + out)): Glorot & Bengio 2010, for a weight seen as [out, in]. */
export function xavierUniform(rng: Rng, shape: Shape): NDArray<"f32"> {
  const [out = 1, ...rest] = shape;
  const bound = Math.sqrt(6 / (out + sizeOf(rest)));
  const drawn = rng.uniform(shape);
  const { data } = drawn; // in place: `map` takes as long as drawing
  for (let i = 0; i < data.length; i++) data[i] = (2 * (data[i] as number) - 1) * bound;
  return drawn;
}

/** N(0, std²). */
export function normalInit(rng: Rng, shape: Shape, std: number): NDArray<"f32"> {
  const drawn = rng.normal(shape);
  const { data } = drawn;
  for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) * std;
  return drawn;
}

/** `${at}.weight` [out,in] and `${at}.bias` [out] of a linear layer: Xavier or zero weight, zero bias. */
export function linearInit(
  rng: Rng,
  at: string,
  options: {
    readonly in: number;
    readonly out: number;
    readonly weight?: "xavier" | "zero" | { readonly std: number };
  },
): Record<string, NDArray<"f32">> {
  const shape = [options.out, options.in];
  const { weight = "xavier" } = options;
  const own = rng.split(`${at}.weight`);
  const drawn =
    weight === "zero"
      ? zeros(shape)
      : weight === "xavier"
        ? xavierUniform(own, shape)
        : normalInit(own, shape, weight.std);
  return { [`${at}.weight`]: drawn, [`${at}.bias`]: zeros([options.out]) };
}
