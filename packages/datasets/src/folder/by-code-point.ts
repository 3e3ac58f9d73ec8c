/** The order in which Python sorts text: by code points, where JavaScript goes by halves of them. */
export function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++)
    if (a.charCodeAt(at) !== b.charCodeAt(at)) return (a.codePointAt(at) as number) - (b.codePointAt(at) as number);
  return a.length - b.length;
}
