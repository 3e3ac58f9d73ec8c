/**
 * A word of a command to copy into a shell: what a shell would take apart stands in quotes.
 * @example
 * shellWord("runs/my first"); // "'runs/my first'"
 */
export const shellWord = (word: string): string =>
  /^[\w./:=,@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
