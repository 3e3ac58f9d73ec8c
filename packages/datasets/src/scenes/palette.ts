export type ColourName = "red" | "green" | "blue" | "yellow" | "purple" | "orange";

/** Colours as RGB in [0, 1], hues at least 24° apart so that an antialiased edge on grey never reads as a neighbour. */
export const palette: Readonly<Record<ColourName, readonly [number, number, number]>> = {
  red: [0.9, 0.12, 0.12],
  green: [0.13, 0.7, 0.2],
  blue: [0.12, 0.25, 0.9],
  yellow: [0.95, 0.92, 0.1],
  purple: [0.6, 0.15, 0.8],
  orange: [0.98, 0.5, 0.05],
};

/** Colour names in the order of their indices. */
export const colourNames: readonly ColourName[] = Object.keys(palette) as ColourName[];
