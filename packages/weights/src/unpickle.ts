import type { PickleBudget } from "./pickle-budget.ts";
import type { PickleInput } from "./pickle-input.ts";
import { PickleClass, PickleObject, PickleRecord, type PickleValue } from "./pickle-values.ts";

/** What classes and calls mean; none runs anything. */
export interface PickleRules {
  find(module: string, name: string): PickleValue;
  call(what: PickleClass, values: readonly PickleValue[]): PickleValue;
  persistent(id: PickleValue): PickleValue;
}

/** Longest integer that is read, in bytes. */
const longest = 1024;

/**
 * Reads one pickle, protocols 0 to 5, as data: a small machine that builds lists, maps and numbers, looks names up in
 * `rules` and calls nothing else. Each step takes at least one byte and what it makes is charged to the budget.
 * @throws {WeightsError} code `FORMAT`
 */
export function unpickle(
  input: PickleInput,
  { rules, budget }: { readonly rules: PickleRules; readonly budget: PickleBudget },
): PickleValue {
  let stack: PickleValue[] = [];
  const below: PickleValue[][] = [];
  const memo = new Map<number, PickleValue>();
  const push = (value: PickleValue): void => void stack.push(value);
  const pop = (): PickleValue => {
    const value = stack.pop();
    if (value === undefined) throw input.failure("an operation needs a value", `none before byte ${input.position}`);
    return value;
  };
  const sinceMark = (): PickleValue[] => {
    const values = stack;
    const before = below.pop();
    if (!before) throw input.failure("an operation needs a mark", `none before byte ${input.position}`);
    stack = before;
    return values;
  };
  const top = (): PickleValue => {
    const value = pop();
    push(value);
    return value;
  };
  const remember = (index: number): void => {
    budget.spend(96);
    memo.set(index, top());
  };
  const recall = (index: number): void => {
    const value = memo.get(index);
    if (value === undefined) throw input.failure("what is recalled was remembered before", `number ${index}`);
    push(value);
  };
  const length = (value: bigint | number): number =>
    value <= input.size ? Number(value) : reject("lengths must fit in the file", String(value));
  const reject = (rule: string, found: string): never => {
    throw input.failure(rule, found);
  };
  const append = (items: readonly PickleValue[]): void => {
    const list = top();
    if (list instanceof PickleObject) return;
    if (!Array.isArray(list)) throw input.failure("only lists take more items", kindOf(list));
    budget.spend(24 * items.length + (list.length === 0 ? 160 : 0));
    for (const item of items) list.push(item);
  };
  const insert = (items: readonly PickleValue[]): void => {
    const object = top();
    if (object instanceof PickleObject) object.items ??= new Map();
    const map = object instanceof PickleObject ? object.items : object;
    if (!(map instanceof Map)) throw input.failure("only dictionaries take keys", kindOf(object));
    budget.spend(64 * items.length + (map.size === 0 ? 256 : 0));
    if (items.length % 2 === 1) throw input.failure("keys come with values", `${items.length} items`);
    for (let i = 0; i < items.length; i += 2) map.set(items[i] as PickleValue, items[i + 1] as PickleValue);
  };
  const call = (): void => {
    const values = pop();
    const what = pop();
    if (!Array.isArray(values)) throw input.failure("a class is called with a tuple", kindOf(values));
    made(what, values);
  };
  const made = (what: PickleValue, values: readonly PickleValue[]): void => {
    budget.spend(400);
    if (what instanceof PickleClass) push(rules.call(what, values));
    else if (what instanceof PickleObject || typeof what === "string") push(new PickleObject(kindOf(what)));
    else reject("only classes are called", kindOf(what));
  };
  const find = (module: string, name: string): PickleValue => {
    budget.spend(128 + module.length + name.length);
    return rules.find(module, name);
  };
  const build = (): void => {
    const state = pop();
    const object = top();
    if (object instanceof PickleRecord && state instanceof Map) object.fields = state;
    else if (!(object instanceof Map || object instanceof PickleObject || Array.isArray(object)))
      reject("only records have attributes", kindOf(object)); // a container's own are not read
  };
  const integer = (text: string): number | bigint =>
    /^-?\d{1,2000}$/.test(text)
      ? narrow(BigInt(text))
      : reject("integers are decimal", JSON.stringify(text.slice(0, 40)));
  const long = (bytes: number): number | bigint => {
    if (bytes > longest) return reject(`integers have at most ${longest} bytes`, `${bytes}`);
    let value = 0n;
    const view = input.take(bytes);
    for (let i = bytes - 1; i >= 0; i--) value = (value << 8n) | BigInt(view[i] as number);
    return narrow(BigInt.asIntN(bytes * 8, value));
  };
  const text = (length: number): void => {
    budget.spend(32 + length);
    push(input.text(length));
  };
  const bytes = (length: number): void => {
    budget.spend(256 + length);
    push(input.take(length).slice());
  };
  const list = (items: PickleValue[]): void => {
    budget.spend(96 + 16 * items.length);
    push(items);
  };
  const name = (value: PickleValue): string =>
    typeof value === "string" ? value : reject("names are text", kindOf(value));
  const operations: Readonly<Record<number, () => void>> = {
    128: () => void (input.byte() > 5 && reject("protocols go up to 5", "a later one")),
    149: () => void input.take(8), // FRAME: a hint for readers
    40: () => {
      budget.spend(256);
      below.push(stack);
      stack = [];
    },
    48: () => void (stack.length > 0 ? stack.pop() : sinceMark()),
    49: () => void sinceMark(),
    50: () => push(top()),
    // constants
    78: () => push(null),
    136: () => push(true),
    137: () => push(false),
    73: () => {
      const text = input.line();
      push(text === "01" ? true : text === "00" ? false : integer(text));
    },
    76: () => push(integer(input.line().replace(/L$/, ""))),
    70: () => push(Number(input.line())),
    74: () => push(input.view(4).getInt32(0, true)),
    75: () => push(input.byte()),
    77: () => push(input.view(2).getUint16(0, true)),
    138: () => push(long(input.byte())),
    139: () => push(long(length(input.view(4).getUint32(0, true)))),
    71: () => push(input.view(8).getFloat64(0)),
    // text and bytes
    88: () => text(length(input.view(4).getUint32(0, true))),
    140: () => text(input.byte()),
    141: () => text(length(input.view(8).getBigUint64(0, true))),
    84: () => text(length(input.view(4).getUint32(0, true))),
    85: () => text(input.byte()),
    86: () => push(input.line()),
    66: () => bytes(length(input.view(4).getUint32(0, true))),
    67: () => bytes(input.byte()),
    142: () => bytes(length(input.view(8).getBigUint64(0, true))),
    150: () => bytes(length(input.view(8).getBigUint64(0, true))),
    // lists, tuples, sets, dictionaries
    93: () => list([]),
    108: () => list(sinceMark()),
    97: () => append([pop()]),
    101: () => append(sinceMark()),
    41: () => list([]),
    116: () => list(sinceMark()),
    133: () => list([pop()]),
    134: () => list([pop(), pop()].reverse()),
    135: () => list([pop(), pop(), pop()].reverse()),
    143: () => list([]),
    144: () => append(sinceMark()),
    145: () => list(sinceMark()),
    125: () => {
      budget.spend(256);
      push(new Map());
    },
    100: () => {
      const items = sinceMark();
      push(new Map());
      insert(items);
    },
    115: () => insert([pop(), pop()].reverse()),
    117: () => insert(sinceMark()),
    // memory
    112: () => remember(Number(input.line())),
    113: () => remember(input.byte()),
    114: () => remember(input.view(4).getUint32(0, true)),
    148: () => remember(memo.size),
    103: () => recall(Number(input.line())),
    104: () => recall(input.byte()),
    106: () => recall(input.view(4).getUint32(0, true)),
    // classes
    99: () => {
      const module = input.line();
      push(find(module, input.line()));
    },
    147: () => {
      const last = name(pop());
      push(find(name(pop()), last));
    },
    82: call,
    129: call,
    146: () => {
      pop(); // named arguments
      call();
    },
    105: () => {
      const module = input.line();
      made(find(module, input.line()), sinceMark());
    },
    111: () => {
      const [what = null, ...values] = sinceMark();
      made(what, values);
    },
    98: build,
    81: () => {
      budget.spend(256);
      push(rules.persistent(pop()));
    },
  };
  for (let code = input.byte(); code !== 0x2e; code = input.byte()) {
    budget.spend(24);
    (operations[code] ?? (() => reject("operations are those of plain data", `0x${code.toString(16)}`)))();
  }
  return pop();
}

const narrow = (value: bigint): number | bigint => {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
};

/** A value in words, for messages. */
export function kindOf(value: PickleValue): string {
  if (value instanceof PickleClass || value instanceof PickleObject) return value.name;
  if (value === null || typeof value !== "object") return JSON.stringify(String(value).slice(0, 40));
  return Array.isArray(value)
    ? `a list of ${value.length}`
    : value instanceof Map
      ? "a dictionary"
      : `a ${value.constructor.name}`;
}
