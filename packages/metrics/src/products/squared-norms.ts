/** ‖x‖² of each row, in float64. */
export function squaredNorms(rows: Float32Array, width: number): Float64Array {
  return Float64Array.from({ length: rows.length / width }, (_, i) => {
    let sum = 0;
    for (let at = i * width; at < (i + 1) * width; at++) sum += (rows[at] as number) ** 2;
    return sum;
  });
}
