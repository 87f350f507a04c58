/** Replaces `body-parser` in the bundle: Express only re-exports it, and the service reads bodies itself (body.ts). */
export const json = undefined;
export const raw = undefined;
export const text = undefined;
export const urlencoded = undefined;
