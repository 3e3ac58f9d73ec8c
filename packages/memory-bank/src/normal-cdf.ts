/** Rational approximations of W. J. Cody, Math. Comp. 23 (1969): numerator, denominator, in ascending intervals of |x|. */
const small = {
  top: [0.18577770618460315, 3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694],
  bottom: [1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171],
};
const middle = {
  top: [
    2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001,
    881.952221241769, 1712.0476126340707, 2051.0783778260716, 1230.3393547979972,
  ],
  bottom: [
    1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597,
    4362.619090143247, 3439.3676741437216, 1230.3393548037495,
  ],
};
const large = {
  top: [
    0.016315387137302097, 0.30532663496123236, 0.36034489994980445, 0.12578172611122926, 0.016083785148742275,
    0.0006587491615298378,
  ],
  bottom: [1, 2.568520192289822, 1.8729528499234604, 0.5279051029514285, 0.06051834131244132, 0.0023352049762686918],
};

const horner = (coefficients: readonly number[], x: number): number =>
  coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
const ratio = ({ top, bottom }: typeof small, x: number): number => horner(top, x) / horner(bottom, x);

/** erfc(x) in double precision, relative error about 1e-15. */
export function erfc(x: number): number {
  const y = Math.abs(x);
  if (y <= 0.46875) return 1 - x * ratio(small, x * x);
  let tail: number;
  if (y <= 4) tail = ratio(middle, y);
  else {
    const inverse = 1 / (y * y);
    tail = (1 / Math.sqrt(Math.PI) - inverse * ratio(large, inverse)) / y;
  }
  // exp(−y²) with y split, so that y² is exact where it is large
  const rounded = Math.trunc(y * 16) / 16;
  const value = Math.exp(-rounded * rounded) * Math.exp(-(y - rounded) * (y + rounded)) * tail;
  return x < 0 ? 2 - value : value;
}

/**
 * Φ(x), the standard normal distribution function, absolute error below 1e-15.
 * @example
 * normalCdf(0); // 0.5
 */
export const normalCdf = (x: number): number => 0.5 * erfc(-x * Math.SQRT1_2);
