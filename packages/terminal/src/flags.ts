import { InvalidArgumentError } from "commander";

/** The whole number that a text is, from 0 on; undefined for anything else: an empty text is no 0. */
export function wholeNumber(text: string): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(text.trim()) && Number.isSafeInteger(value) ? value : undefined;
}

/** The finite number that a text is; undefined for anything else. */
function finiteNumber(text: string): number | undefined {
  const value = Number(text);
  return text.trim() !== "" && Number.isFinite(value) ? value : undefined;
}

const invalid = (wanted: string): never => {
  throw new InvalidArgumentError(`It must be ${wanted}.`);
};

/** What a flag takes. */
export const integer = (text: string): number => wholeNumber(text) ?? invalid("a whole number from 0 on");
export const number = (text: string): number => finiteNumber(text) ?? invalid("a number");

/** Two numbers, such as 0,0.5. */
export function pair(text: string): readonly number[] {
  const parts = text.split(",").map(finiteNumber);
  return parts.length === 2 && parts.every((part) => part !== undefined)
    ? parts
    : invalid("two numbers with a comma between, such as 0,0.5");
}

/** A flag that may be given several times. */
export const several = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];
