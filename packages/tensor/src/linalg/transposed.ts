/** The transpose of x [rows, columns], row by row: [columns, rows]. */
export function transposed<T extends Float32Array | Float64Array>(
  x: T,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): T {
  const out = x.slice() as T;
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = x[i * columns + j] as number;
  return out;
}
