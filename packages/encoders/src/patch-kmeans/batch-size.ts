/** Images of one call: few enough for the activations of all positions to stay near the cache. */
export const batchSize = 16;
