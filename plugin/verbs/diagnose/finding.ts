/** The result of one check. A `problem` stops a deploy or explains a failure; a `note` is information. */
export interface Finding {
  readonly about: string;
  readonly verdict: 'good' | 'note' | 'problem';
  /** The evidence: what was seen, in a sentence. */
  readonly found: string;
  /** What to do about it. */
  readonly remedy?: string;
}

export const good = (about: string, found: string): Finding => ({ about, verdict: 'good', found });
export const note = (about: string, found: string, remedy?: string): Finding => ({
  about,
  verdict: 'note',
  found,
  ...(remedy && { remedy }),
});
export const bad = (about: string, found: string, remedy: string): Finding => ({
  about,
  verdict: 'problem',
  found,
  remedy,
});
