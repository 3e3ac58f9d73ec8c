/**
 * Householder reduction A = Q T Qᵀ of a symmetric matrix. `a` [n,n] row-major is overwritten: row k keeps the reflector
 * that eliminated it. One pass over the lower triangle a step: the rank-2 update of the step before is applied while the
 * product with the next reflector is formed (Dongarra, Hammarling, Sorensen 1989), four rows at a time.
 * Gives the diagonal d [n], the sub-diagonal e [n] (e[k] couples k−1 and k) and the reflector scales tau [n].
 */
export function tridiagonalize(a, n) {
  const d = new Float64Array(n);
  const e = new Float64Array(n);
  const tau = new Float64Array(n);
  const u = new Float64Array(n); // pending update A − u qᵀ − q uᵀ
  const q = new Float64Array(n);
  const v = new Float64Array(n);
  const p = new Float64Array(n);
  for (let k = n - 1; k >= 0; k--) {
    const row = k * n;
    for (let j = 0; j <= k; j++) a[row + j] -= u[k] * q[j] + q[k] * u[j];
    d[k] = a[row + k];
    if (k === 0) break;
    let tail = 0;
    for (let j = 0; j < k - 1; j++) tail += a[row + j] * a[row + j];
    const alpha = a[row + k - 1];
    let scale = 0;
    e[k] = alpha;
    tau[k] = 0;
    if (tail > 0) {
      const beta = alpha > 0 ? -Math.sqrt(alpha * alpha + tail) : Math.sqrt(alpha * alpha + tail);
      e[k] = beta;
      tau[k] = (beta - alpha) / beta;
      scale = 1 / (alpha - beta);
    }
    for (let j = 0; j < k - 1; j++) v[j] = a[row + j] * scale;
    v[k - 1] = 1;
    for (let j = 0; j < k; j++) a[row + j] = v[j];
    updateAndMultiply(a, n, k, u, q, v, p);
    // q = τ A v − ½ τ² (vᵀ A v) v, so that H A H = A − v qᵀ − q vᵀ
    let dot = 0;
    for (let j = 0; j < k; j++) {
      p[j] *= tau[k];
      dot += p[j] * v[j];
    }
    const half = 0.5 * tau[k] * dot;
    for (let j = 0; j < k; j++) {
      q[j] = p[j] - half * v[j];
      u[j] = v[j];
    }
  }
  return { d, e, tau };
}

/** On the leading m rows of the lower triangle: A ← A − u qᵀ − q uᵀ and p ← A v. */
function updateAndMultiply(a, n, m, u, q, v, p) {
  p.fill(0, 0, m);
  let i = 0;
  for (; i + 3 < m; i += 4) {
    const r0 = i * n;
    const r1 = r0 + n;
    const r2 = r1 + n;
    const r3 = r2 + n;
    const u0 = u[i];
    const u1 = u[i + 1];
    const u2 = u[i + 2];
    const u3 = u[i + 3];
    const q0 = q[i];
    const q1 = q[i + 1];
    const q2 = q[i + 2];
    const q3 = q[i + 3];
    const v0 = v[i];
    const v1 = v[i + 1];
    const v2 = v[i + 2];
    const v3 = v[i + 3];
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let j = 0; j < i; j++) {
      const uj = u[j];
      const qj = q[j];
      const vj = v[j];
      const x0 = a[r0 + j] - u0 * qj - q0 * uj;
      const x1 = a[r1 + j] - u1 * qj - q1 * uj;
      const x2 = a[r2 + j] - u2 * qj - q2 * uj;
      const x3 = a[r3 + j] - u3 * qj - q3 * uj;
      a[r0 + j] = x0;
      a[r1 + j] = x1;
      a[r2 + j] = x2;
      a[r3 + j] = x3;
      s0 += x0 * vj;
      s1 += x1 * vj;
      s2 += x2 * vj;
      s3 += x3 * vj;
      p[j] += x0 * v0 + x1 * v1 + (x2 * v2 + x3 * v3);
    }
    p[i] += s0;
    p[i + 1] += s1;
    p[i + 2] += s2;
    p[i + 3] += s3;
    for (let r = i; r < i + 4; r++) corner(a, n, r, i, u, q, v, p);
  }
  for (; i < m; i++) corner(a, n, i, 0, u, q, v, p);
}

/** The same for one row r, columns from … r. */
function corner(a, n, r, from, u, q, v, p) {
  const at = r * n;
  let sum = 0;
  for (let j = from; j < r; j++) {
    const x = a[at + j] - u[r] * q[j] - q[r] * u[j];
    a[at + j] = x;
    sum += x * v[j];
    p[j] += x * v[r];
  }
  a[at + r] -= 2 * u[r] * q[r];
  p[r] += sum + a[at + r] * v[r];
}

/** Qᵀ = H₁ H₂ … H₍ₙ₋₁₎ [n,n] from the reflectors in the rows of `a`; each row is finished in cache before the next. */
export function reflectorProduct(a, n, tau) {
  const x = new Float64Array(n * n);
  for (let i = 0; i < n; i++) x[i * n + i] = 1;
  for (let k = 1; k < n; k++) {
    const t = tau[k];
    if (t === 0) continue;
    const v = a.subarray(k * n, k * n + k);
    let i = 0;
    for (; i + 3 < k; i += 4) {
      const r0 = i * n;
      const r1 = r0 + n;
      const r2 = r1 + n;
      const r3 = r2 + n;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let j = 0; j < k; j++) {
        const vj = v[j];
        s0 += x[r0 + j] * vj;
        s1 += x[r1 + j] * vj;
        s2 += x[r2 + j] * vj;
        s3 += x[r3 + j] * vj;
      }
      s0 *= t;
      s1 *= t;
      s2 *= t;
      s3 *= t;
      for (let j = 0; j < k; j++) {
        const vj = v[j];
        x[r0 + j] -= s0 * vj;
        x[r1 + j] -= s1 * vj;
        x[r2 + j] -= s2 * vj;
        x[r3 + j] -= s3 * vj;
      }
    }
    for (; i < k; i++) {
      const r = i * n;
      let s = 0;
      for (let j = 0; j < k; j++) s += x[r + j] * v[j];
      s *= t;
      for (let j = 0; j < k; j++) x[r + j] -= s * v[j];
    }
  }
  return x;
}
