/** An expression with the word that an error is about, by its character, replaced by a name. */
export function replaced(expression: string, name: string, error: string): string {
  const start = Number(/at character (\d+)/.exec(error)?.[1] ?? 1) - 1;
  const word = /^(?:"[^"]*"?|[^\s+*()]+)/.exec(expression.slice(start))?.[0] ?? "";
  const quoted = /^[\p{L}_\d][\p{L}\p{M}\d_.-]*$/u.test(name) && !/^\d+$/.test(name) ? name : `"${name}"`;
  return expression.slice(0, start) + quoted + expression.slice(start + word.length);
}
