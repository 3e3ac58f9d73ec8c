const capacity = 32;
const strip = 128;

/**
 * Collects sweeps of plane rotations on neighbouring rows and applies them together: a strip of columns stays in cache,
 * two sweeps and two rotations of each share the loads of four rows (Van Zee, van de Geijn, Quintana-Ortí 2014).
 * `rows` [n,n] is rotated in place. A sweep runs from row `high` down to `low`; its rotation i mixes rows i and i+1.
 */
export function rotationQueue(rows, n) {
  const cosines = Array.from({ length: capacity }, () => new Float64Array(n + 3));
  const sines = Array.from({ length: capacity }, () => new Float64Array(n + 3));
  const low = new Int32Array(capacity);
  const high = new Int32Array(capacity);
  let count = 0;
  const flush = () => {
    for (let from = 0; from < n; from += strip) {
      const to = Math.min(from + strip, n);
      let sweep = 0;
      for (; sweep + 1 < count; sweep += 2) {
        const bottom = Math.min(low[sweep], low[sweep + 1]);
        const top = Math.max(high[sweep], high[sweep + 1]);
        const [c, s, c2, s2] = [cosines[sweep], sines[sweep], cosines[sweep + 1], sines[sweep + 1]];
        rotatePair(rows, n, { bottom, top, c, s, c2, s2, from, to });
      }
      for (; sweep < count; sweep++)
        for (let i = high[sweep]; i >= low[sweep]; i--)
          rotate(rows, i * n, n, cosines[sweep][i], sines[sweep][i], from, to);
    }
    count = 0;
  };
  return {
    /** Opens a sweep: identity rotations, to be filled in by `set`. */
    begin() {
      if (count === capacity) flush();
      cosines[count].fill(1);
      sines[count].fill(0);
      low[count] = n;
      high[count] = -1;
      count++;
    },
    set(i, c, s) {
      cosines[count - 1][i] = c;
      sines[count - 1][i] = s;
      if (i < low[count - 1]) low[count - 1] = i;
      if (i > high[count - 1]) high[count - 1] = i;
    },
    flush,
  };
}

/** [row i; row i+1] ← [c·row i − s·row i+1; s·row i + c·row i+1] on columns from … to−1. */
function rotate(rows, at, n, c, s, from, to) {
  if (s === 0 && c === 1) return;
  for (let k = at + from; k < at + to; k++) {
    const x = rows[k];
    const y = rows[k + n];
    rows[k] = c * x - s * y;
    rows[k + n] = s * x + c * y;
  }
}

/** Two sweeps as a wavefront: first(i), second(i+1), first(i−1), second(i) touch rows i−1 … i+2 only. */
function rotatePair(rows, n, { bottom, top, c, s, c2, s2, from, to }) {
  if (top < bottom) return;
  let i = top;
  // second(top+1) is the identity, so the wavefront may start with the first sweep alone
  rotate(rows, i * n, n, c[i], s[i], from, to);
  i--;
  for (; i - 1 >= bottom; i -= 2) {
    const [ca, sa, cb, sb] = [c[i], s[i], c2[i + 1], s2[i + 1]];
    const [cc, sc, cd, sd] = [c[i - 1], s[i - 1], c2[i], s2[i]];
    const r0 = (i - 1) * n;
    const r1 = r0 + n;
    const r2 = r1 + n;
    const r3 = r2 + n;
    for (let k = from; k < to; k++) {
      const w = rows[r0 + k];
      const x = rows[r1 + k];
      const y = rows[r2 + k];
      const z = rows[r3 + k];
      const x1 = ca * x - sa * y;
      const y1 = sa * x + ca * y;
      const y2 = cb * y1 - sb * z;
      const x2 = sc * w + cc * x1;
      rows[r3 + k] = sb * y1 + cb * z;
      rows[r0 + k] = cc * w - sc * x1;
      rows[r1 + k] = cd * x2 - sd * y2;
      rows[r2 + k] = sd * x2 + cd * y2;
    }
  }
  // what is left of the wavefront: perhaps first(bottom), then second down to bottom
  if (i >= bottom) {
    rotate(rows, i * n, n, c[i], s[i], from, to);
    rotate(rows, (i + 1) * n, n, c2[i + 1], s2[i + 1], from, to);
    i--;
  }
  rotate(rows, (i + 1) * n, n, c2[i + 1], s2[i + 1], from, to);
}
