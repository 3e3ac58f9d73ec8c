import { rotationQueue } from "./rotations.js";
import { reflectorProduct, tridiagonalize } from "./tridiagonal.js";

/**
 * Eigenvalues (descending) and, when asked, eigenvectors of a symmetric matrix in float64. `input` [n,n] is left alone;
 * its lower triangle is read. Column k of `vectors` [n,n] belongs to values[k].
 */
export function eigen(input, n, wantVectors) {
  let largest = 0;
  for (let i = 0; i < n * n; i++) largest = Math.max(largest, Math.abs(input[i]));
  const unit = largest > 0 ? largest : 1;
  const a = input.map((value) => value / unit);
  const { d, e, tau } = tridiagonalize(a, n);
  const rows = wantVectors ? reflectorProduct(a, n, tau) : undefined;
  implicitQl(d, e, n, rows && rotationQueue(rows, n));
  const order = Array.from(d.keys()).sort((i, j) => d[j] - d[i]);
  const values = Float64Array.from(order, (i) => d[i] * unit);
  if (!rows) return { values };
  const vectors = new Float64Array(n * n);
  for (let k = 0; k < n; k++) for (let i = 0; i < n; i++) vectors[i * n + k] = rows[order[k] * n + i];
  return { values, vectors };
}

/** QL iteration with implicit Wilkinson shifts on the tridiagonal (d, e); e[k] couples k−1 and k. Golub & Van Loan §8.3. */
function implicitQl(d, e, n, queue) {
  e.copyWithin(0, 1);
  if (n > 0) e[n - 1] = 0;
  let norm = 0;
  for (let i = 0; i < n; i++) norm = Math.max(norm, Math.abs(d[i]) + Math.abs(e[i]));
  const negligible = Number.EPSILON * 1e-3 * norm;
  for (let low = 0; low < n; low++) {
    for (;;) {
      let high = low;
      while (high < n - 1) {
        const coupling = Math.abs(e[high]);
        if (coupling <= negligible || coupling <= 0.5 * Number.EPSILON * (Math.abs(d[high]) + Math.abs(d[high + 1])))
          break;
        high++;
      }
      if (high === low) break;
      e[high] = 0;
      sweep(d, e, low, high, queue);
    }
  }
  queue?.flush();
}

/** One sweep on the block low … high: a bulge is chased upwards, each step a rotation of rows i and i+1. */
function sweep(d, e, low, high, queue) {
  queue?.begin();
  const gap = (d[low + 1] - d[low]) / (2 * e[low]);
  const root = Math.sqrt(gap * gap + 1);
  let g = d[high] - d[low] + e[low] / (gap + (gap >= 0 ? root : -root));
  let s = 1;
  let c = 1;
  let p = 0;
  for (let i = high - 1; i >= low; i--) {
    const f = s * e[i];
    const b = c * e[i];
    const r = Math.sqrt(f * f + g * g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1] -= p;
      e[high] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1] - p;
    const t = (d[i] - g) * s + 2 * c * b;
    p = s * t;
    d[i + 1] = g + p;
    g = c * t - b;
    queue?.set(i, c, s);
  }
  d[low] -= p;
  e[low] = g;
  e[high] = 0;
}
