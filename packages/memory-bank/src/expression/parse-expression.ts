import { ExpressionError } from "./expression-error.ts";

/** One snippet of a sum, and its share. */
export interface Term {
  readonly weight: number;
  readonly of: { readonly row: number } | { readonly name: string };
  /** Where it stands in the text, from 0. */
  readonly position: number;
}

/** Terms that are looked up at most. */
const mostTerms = 64;
/** Brackets in brackets at most. */
const deepest = 32;

const token =
  /\s*(?:(?<number>(?:\d+(?:\.\d*)?|\.\d+)(?![\p{L}_\d.]))|#(?<row>\d+)|"(?<quoted>[^"]*)"|(?<name>[\p{L}_\d][\p{L}\p{M}\d_.]*(?:-[\p{L}\d_.]+)*)|(?<sign>[-+*()]))/uy;

interface Token {
  readonly kind: "number" | "row" | "name" | "sign" | "end";
  readonly text: string;
  readonly position: number;
}

/**
 * Reads a sum of snippets, such as `dog + 0.5*hat - cat`: names, `"names in quotes"`, row numbers such as `#12`, factors on
 * either side of `*`, and brackets. A dash between letters is part of a name; a minus has a space at one side.
 * @throws {ExpressionError} with the place where it fails.
 * @example
 * parseExpression("dog - 2*(#3 + hat)"); // dog 1, #3 −2, hat −2
 */
export function parseExpression(text: string): readonly Term[] {
  const tokens = tokensOf(text);
  let at = 0;
  const next = (): Token => tokens[at] as Token;
  const takes = (sign: string): boolean => next().kind === "sign" && next().text === sign && ++at > 0;
  const refuse = (rule: string): never => {
    const { kind, text: got, position } = next();
    throw new ExpressionError(position, `${rule}, got ${kind === "end" ? "the end" : `"${got}"`}`);
  };
  const sum = (depth: number): readonly Term[] => {
    const terms: Term[] = [];
    let sign = takes("-") ? -1 : 1;
    if (sign === 1) takes("+");
    for (;;) {
      terms.push(...product(depth).map((term) => ({ ...term, weight: sign * term.weight })));
      if (takes("+")) sign = 1;
      else if (takes("-")) sign = -1;
      else return terms;
    }
  };
  const product = (depth: number): readonly Term[] => {
    let factor = 1;
    let terms: readonly Term[] | undefined;
    do {
      if (next().kind === "number") factor *= Number(tokens[at++]?.text);
      else if (terms) refuse("only a number can be the other factor of a snippet");
      else terms = snippet(depth);
    } while (takes("*"));
    if (!terms) return refuse('a number needs "*" and a snippet after it (a row is #12)');
    return terms.map((term) => ({ ...term, weight: factor * term.weight }));
  };
  const snippet = (depth: number): readonly Term[] => {
    const { kind, text: word, position } = next();
    if (kind === "sign" && word === "(") {
      if (depth === deepest) refuse(`brackets may stand ${deepest} deep`);
      at++;
      const terms = sum(depth + 1);
      if (!takes(")")) refuse('a bracket needs its ")"');
      return terms;
    }
    if (kind !== "row" && kind !== "name") return refuse("a name, a row such as #12 or a bracket must stand here");
    at++;
    return [{ weight: 1, of: kind === "row" ? { row: Number(word) } : { name: word }, position }];
  };
  const terms = sum(0);
  if (next().kind !== "end") refuse('"+", "-" or the end must stand here');
  if (terms.length > mostTerms)
    throw new ExpressionError(0, `at most ${mostTerms} snippets can be added, got ${terms.length}`);
  return terms;
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  token.lastIndex = 0;
  for (let from = 0; text.slice(from).trim() !== ""; from = token.lastIndex) {
    token.lastIndex = from;
    const found = token.exec(text);
    const start = from + text.slice(from).search(/\S/);
    if (!found) throw new ExpressionError(start, wrong(text.slice(start)));
    const { number, row, quoted, name, sign } = found.groups as Readonly<Record<string, string | undefined>>;
    const word = quoted ?? name;
    if (number !== undefined) tokens.push({ kind: "number", text: number, position: start });
    else if (row !== undefined) tokens.push({ kind: "row", text: row, position: start });
    else if (word !== undefined) tokens.push({ kind: "name", text: word, position: start });
    else tokens.push({ kind: "sign", text: sign as string, position: start });
  }
  tokens.push({ kind: "end", text: "", position: text.trimEnd().length });
  return tokens;
}

const wrong = (rest: string): string =>
  rest.startsWith('"')
    ? 'a name in quotes needs its second "'
    : `"${[...rest][0]}" is none of names, numbers, + - * ( )`;
