import { post } from '../../helpers/service-fixture';
import type { ServiceProcess } from '../../helpers/service-process';

export interface Sent {
  readonly key: string;
  /** 0: no response. */
  readonly status: number;
  readonly retryAfter: string | null;
  readonly traced: boolean;
  /** From the request to the end of its response. */
  readonly milliseconds: number;
}

/**
 * Eight concurrent callers. Each sends its next request after a response; all together at most `perSecond`, until
 * `isOver`.
 */
export async function load(
  service: () => ServiceProcess,
  isOver: (sent: number) => boolean,
  sent: Sent[] = [],
  prefix = 'load',
  perSecond = Number.POSITIVE_INFINITY,
): Promise<readonly Sent[]> {
  const began = performance.now();
  let count = 0;
  const caller = async () => {
    while (!isOver(sent.length)) {
      const number = count++;
      const early = began + (number * 1_000) / perSecond - performance.now();
      if (early > 0) await wait(early);
      sent.push(await write(service(), `${prefix}/${number}`));
    }
  };
  await Promise.all(Array.from({ length: 8 }, caller));
  return sent;
}

async function write(service: ServiceProcess, key: string): Promise<Sent> {
  const began = performance.now();
  try {
    const response = await post(service, JSON.stringify({ key, value: key }));
    const body = (await response.json()) as { readonly trace_id?: string };
    return {
      key,
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      traced: response.status === 201 || /^[0-9a-f]{32}$/.test(body.trace_id ?? ''),
      milliseconds: performance.now() - began,
    };
  } catch {
    // Pauses after a failed connection.
    await new Promise((resolve) => setTimeout(resolve, 20));
    return { key, status: 0, retryAfter: null, traced: true, milliseconds: performance.now() - began };
  }
}

/** Problems in the responses: a 201 whose object is missing, an error without its trace id. */
export const notStored = (sent: readonly Sent[], objects: { has(key: string): boolean }) => [
  ...sent.filter(({ status, key }) => status === 201 && !objects.has(`data/${key}`)).map(({ key }) => `${key} is lost`),
  ...sent.filter(({ traced }) => !traced).map(({ status }) => `a ${status} without a trace id`),
];
/** The unexpected statuses. */
export const others = (sent: readonly Sent[], allowed: readonly number[]) => [
  ...new Set(
    sent
      .map(({ status }) => status)
      .filter((status) => !allowed.includes(status))
      .map((status) => `answered ${status}`),
  ),
];
export const tally = (sent: readonly Sent[]) => {
  const counts = new Map<number, number>();
  for (const { status } of sent) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${count} × ${status || 'no answer'}`).join(', ');
};
/** Resolves after this many responses. */
export async function count(answered: readonly Sent[], wanted: number): Promise<void> {
  while (answered.length < wanted) await wait(5);
}
export const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Result of `work`, or undefined when it takes longer. The timer is cleared in both cases. */
export async function within<Result>(milliseconds: number, work: Promise<Result>): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
