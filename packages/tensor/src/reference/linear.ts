import { sizeOf } from "../aval.ts";
import { type Kernel, operand, positions, shapeOf, type Value } from "./kernel.ts";

/** One matrix of a batch, as rows × columns in order, whichever way it is stored. */
function matrix(x: Value, at: number, transposed: boolean): Float64Array {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const stored = x.data.subarray(at * rows * columns, (at + 1) * rows * columns);
  if (!transposed) return stored;
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) out[j * rows + i] = stored[i * columns + j] as number;
  return out;
}

const matmul: Kernel<"matmul"> = (node, inputs) => {
  const { transposeA, transposeB, alpha } = node.attrs;
  const [a, b] = [operand(inputs, 0), operand(inputs, 1)];
  const shape = shapeOf(node);
  const batch = shape.slice(0, -2);
  const [rows, columns] = shape.slice(-2) as [number, number];
  const inner = a.shape.at(transposeA ? -2 : -1) as number;
  const fromA = positions(a.shape.slice(0, -2), batch);
  const fromB = positions(b.shape.slice(0, -2), batch);
  const out = new Float64Array(sizeOf(shape));
  for (let n = 0; n < fromA.length; n++) {
    const left = matrix(a, fromA[n] as number, transposeA);
    const right = matrix(b, fromB[n] as number, !transposeB); // columns × inner: both are read along their rows
    const offset = n * rows * columns;
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let k = 0; k < inner; k++) sum += (left[i * inner + k] as number) * (right[j * inner + k] as number);
        out[offset + i * columns + j] = alpha * sum;
      }
  }
  return [out];
};

export const linear: { readonly matmul: Kernel<"matmul"> } = { matmul };
