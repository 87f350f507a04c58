/** Stands in for `body-parser` in the bundle: Express only passes its functions on, and nobody here calls them (body.ts). */
export const json = undefined;
export const raw = undefined;
export const text = undefined;
export const urlencoded = undefined;
