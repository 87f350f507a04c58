import type { Clock } from '../domain/clock';
import type { DataSourceFile, DataSourceModel } from '../domain/content';
import { DataSourceUnhealthy } from '../domain/errors';
import { memberDifferences } from '../domain/statement/member-differences';

/** The models to try in turn: one per sign-in method, or the only one. */
export function candidatesOf(
  model: DataSourceModel,
  signIns: DataSourceFile['signIns'],
): readonly [DataSourceModel, ...DataSourceModel[]] {
  const [first = {}, ...others] = signIns ?? [];
  const signedIn = (jsonData: Readonly<Record<string, unknown>>) => ({
    ...model,
    jsonData: { ...model.jsonData, ...jsonData },
  });
  return [signedIn(first), ...others.map(signedIn)];
}

/**
 * Puts the candidate first that is closest to the stored data source: the sign-in method of an earlier run is not drift.
 */
export function nearestFirst(
  candidates: readonly [DataSourceModel, ...DataSourceModel[]],
  stored: unknown,
): readonly [DataSourceModel, ...DataSourceModel[]] {
  if (stored === undefined) return candidates;
  const far = (candidate: DataSourceModel) => memberDifferences('data source', candidate, stored).length;
  const nearest = candidates.reduce((best, candidate) => (far(candidate) < far(best) ? candidate : best));
  return [nearest, ...candidates.filter((candidate) => candidate !== nearest)];
}

/** How long a data source may need to become healthy after it was written, or after the workspace joined the VPC. */
const HEALTHY_WITHIN_MS = 60_000;
/** The longest wait between two health checks. */
const LONGEST_WAIT_MS = 5_000;

export interface Kept {
  readonly kept: DataSourceModel;
  readonly message: string;
  /** The messages of the candidates before it. */
  readonly failed: ReadonlyMap<DataSourceModel, string>;
}

/**
 * Checks the candidates in turn, repeatedly, until one is healthy. The first is applied already; `apply` replaces it by
 * another. Throws DataSourceUnhealthy with each candidate's message after a minute. aws-facts: prometheus-sign-in
 */
export async function keepHealthy(
  candidates: readonly [DataSourceModel, ...DataSourceModel[]],
  {
    apply,
    ask,
    clock,
  }: {
    readonly apply: (candidate: DataSourceModel) => Promise<void>;
    readonly ask: (candidate: DataSourceModel) => Promise<{ readonly healthy: boolean; readonly message: string }>;
    readonly clock: Clock;
  },
): Promise<Kept> {
  const deadline = clock.now().getTime() + HEALTHY_WITHIN_MS;
  const failed = new Map<DataSourceModel, string>();
  let [applied] = candidates;
  for (let wait = 250; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    for (const candidate of candidates) {
      if (candidate !== applied) await apply(candidate);
      applied = candidate;
      const { healthy, message } = await ask(candidate);
      if (healthy) {
        failed.delete(candidate);
        return { kept: candidate, message, failed };
      }
      failed.set(candidate, message);
      if (clock.now().getTime() > deadline) throw new DataSourceUnhealthy(candidate.name, said(failed));
      await clock.sleep(wait);
    }
  }
}

/** The candidates' messages, labelled with the sign-in method if there are several. */
export function said(failed: Kept['failed']): string {
  if (failed.size === 1) return [...failed.values()].join('');
  return [...failed].map(([candidate, message]) => `${signInOf(candidate)}: ${message}`).join('; ');
}

export function signInOf({ jsonData }: DataSourceModel): string {
  return String(jsonData['sigV4AuthType'] ?? 'no sign-in');
}
