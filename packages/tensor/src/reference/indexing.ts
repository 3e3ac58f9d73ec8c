import { sizeOf } from "../aval.ts";
import { GMemError } from "../errors.ts";
import { type Kernel, operand, shapeOf } from "./kernel.ts";

function checkRow(where: string, row: number, rows: number): void {
  if (!(row >= 0 && row < rows))
    throw new GMemError("DATA", `${where}: an index must be inside 0…${rows - 1}, got ${row}`);
}

export const indexing: { readonly [O in "gather" | "scatterAdd"]: Kernel<O> } = {
  gather: (node, inputs) => {
    const [table, index] = [operand(inputs, 0), operand(inputs, 1)];
    const width = sizeOf(table.shape.slice(1));
    const out = new Float64Array(sizeOf(shapeOf(node)));
    index.data.forEach((row, i) => {
      checkRow("gather", row, table.shape[0] as number);
      out.set(table.data.subarray(row * width, (row + 1) * width), i * width);
    });
    return [out];
  },
  scatterAdd: (node, inputs) => {
    const [index, updates] = [operand(inputs, 0), operand(inputs, 1)];
    const width = sizeOf(shapeOf(node).slice(1));
    const out = new Float64Array(sizeOf(shapeOf(node)));
    index.data.forEach((row, i) => {
      checkRow("scatterAdd", row, node.attrs.rows);
      for (let j = 0; j < width; j++)
        out[row * width + j] = (out[row * width + j] as number) + (updates.data[i * width + j] as number);
    });
    return [out];
  },
};
