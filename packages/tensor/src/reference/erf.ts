/** Beyond this, 1 − erf(x) is below half a unit in the last place. */
const saturated = 6;

/** The error function to float64 precision: its Taylor series near zero, the continued fraction of erfc elsewhere. */
export function erf(x: number): number {
  const z = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (z >= saturated) return Math.sign(x);
  const value = z < 2.5 ? series(z) : 1 - complement(z);
  return x < 0 ? -value : value;
}

/** erf z = 2/√π · e^{−z²} · Σ 2ⁿ z^{2n+1} / (1·3·5…(2n+1)); every term is positive. */
function series(z: number): number {
  let term = z;
  let sum = z;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * z * z) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * sum;
}

/** erfc z = e^{−z²}/√π · 1/(z + (1/2)/(z + (2/2)/(z + …))). */
function complement(z: number): number {
  let fraction = z;
  for (let n = 80; n >= 1; n--) fraction = z + n / 2 / fraction;
  return Math.exp(-z * z) / (Math.sqrt(Math.PI) * fraction);
}
