/** First cells of the tables in a README, without backticks. */
export function rowsOf(markdown: string): readonly string[] {
  const lines = markdown.split("\n").filter((line) => line.startsWith("|"));
  const rules = lines.flatMap((line, i) => (/^\|[-|\s:]+\|$/.test(line) ? [i] : []));
  const heads = new Set(rules.flatMap((i) => [i - 1, i]));
  return lines.filter((_, i) => !heads.has(i)).map((line) => (line.split("|")[1] ?? "").replaceAll("`", "").trim());
}
