import { GMemError } from "@gmem/tensor";

type Value = (...variables: number[]) => number;

const functions: Readonly<Record<string, (x: number) => number>> = {
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  exp: Math.exp,
  sqrt: Math.sqrt,
  abs: Math.abs,
};

/**
 * A formula of numbers, names, + − * / and brackets, as files write what they do not store: `sin(0.37*i*(c+1)/4 + c)`.
 * @throws {GMemError} code `DATA` where it cannot be read.
 * @example
 * formula("2*(i - 1)", ["i"])(4); // 6
 */
export function formula(text: string, variables: readonly string[]): Value {
  const tokens = text.match(/\d*\.?\d+(?:e[-+]?\d+)?|\w+|\S/gi) ?? [];
  let at = 0;
  const fail = (): never => {
    throw new GMemError("DATA", `formula: "${text}" must be numbers, names, + - * / and brackets, got "${tokens[at]}"`);
  };
  const take = (token: string): boolean => tokens[at] === token && ++at > 0;
  const binary = (
    operand: () => Value,
    operators: Readonly<Record<string, (a: number, b: number) => number>>,
  ): Value => {
    let left = operand();
    for (let apply = operators[tokens[at] ?? ""]; apply; apply = operators[tokens[at] ?? ""]) {
      at++;
      const [first, operate, second] = [left, apply, operand()];
      left = (...values) => operate(first(...values), second(...values));
    }
    return left;
  };
  const bracketed = (): Value => {
    const inner = sum();
    return take(")") ? inner : fail();
  };
  const factor = (): Value => {
    const token = tokens[at++] ?? "";
    if (token === "-") {
      const value = factor();
      return (...values) => -value(...values);
    }
    if (token === "(") return bracketed();
    if (/^[\d.]/.test(token)) return () => Number(token);
    const index = variables.indexOf(token);
    if (index >= 0) return (...values) => values[index] as number;
    const apply = Object.hasOwn(functions, token) ? functions[token] : undefined;
    if (!apply || !take("(")) {
      at--;
      return fail();
    }
    const inner = bracketed();
    return (...values) => apply(inner(...values));
  };
  const product = (): Value => binary(factor, { "*": (a, b) => a * b, "/": (a, b) => a / b });
  const sum = (): Value => binary(product, { "+": (a, b) => a + b, "-": (a, b) => a - b });
  const whole = sum();
  return at === tokens.length ? whole : fail();
}
