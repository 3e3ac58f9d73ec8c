/** Added to a patch's variance before the division: 10 on pixels 0…255 (Coates & Ng 2011, § 3.2.1), here on [0, 1]. */
export const contrastEpsilon: number = 10 / 255 ** 2;
