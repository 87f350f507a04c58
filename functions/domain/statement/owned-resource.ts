import type { OwnedKind, Ownership } from '../ownership';
import type { Resource } from '../reconcile';
import { type Difference, textOf } from './member-differences';

/** The members of a resource that compare an item by the statement and by the record of ownership. */
export function ownedResource<Actual>({
  ownership,
  kind,
  uid,
  looksOurs,
  compare,
}: {
  readonly ownership: Ownership;
  readonly kind: OwnedKind;
  readonly uid: string;
  readonly looksOurs: (actual: Actual) => boolean;
  readonly compare: (actual: Actual) => readonly Difference[];
}): Pick<Resource<Actual>, 'differences' | 'owned'> {
  return {
    differences: (actual) => compare(actual).map(textOf),
    owned: { ownership, kind, uid, looksOurs, compare },
  };
}
