/**
 * A number with its noun, for people.
 * @example
 * counted(1, "picture"); // "1 picture"
 * counted(3, "class", "classes"); // "3 classes"
 */
export const counted = (count: number, one: string, many: string = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
