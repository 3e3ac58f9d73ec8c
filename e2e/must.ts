/** Throws what is not so. */
export function must(isSo: boolean, rule: string): void {
  if (!isSo) throw new Error(rule);
}
