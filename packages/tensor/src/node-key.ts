import type { Tensor } from "./graph.ts";
import type { OpAttrs, OpName } from "./op.ts";

/** An operation that need not be a node yet. */
export interface Form {
  readonly op: OpName;
  readonly inputs: readonly Tensor[];
  readonly attrs: OpAttrs[OpName];
}

/** A text for each operation: equal where operation, operands and attributes are. */
export function nodeKeys(): (form: Form) => string {
  const identity = identities();
  return ({ op, inputs, attrs }) => {
    let key: string = op;
    for (const tensor of inputs) key += ` ${tensor.node.id}:${tensor.index}`;
    for (const _ in attrs) {
      key += identity(attrs);
      break;
    }
    return key;
  };
}

/** A text that is equal for equal attributes; small constants by value, large ones by identity. */
function identities(): (value: unknown) => string {
  const ids = new Map<unknown, number>();
  const idOf = (data: unknown): string => {
    const id = ids.get(data) ?? ids.size;
    ids.set(data, id);
    return `#${id}`;
  };
  return (attrs) =>
    JSON.stringify(attrs, (_, value) => {
      if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0) ? value : exactText(value);
      if (!ArrayBuffer.isView(value)) return value;
      const data = value as Float32Array;
      return data.length <= 16 ? Array.from(data, exactText) : idOf(value);
    });
}

/** JSON has neither NaN nor −0. */
const exactText = (x: number): string => (Object.is(x, -0) ? "-0" : String(x));
