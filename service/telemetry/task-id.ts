/** Time-out for the task metadata endpoint (ms): the service starts without the task id rather than late. */
const TIMEOUT_MS = 1_000;

/**
 * The id of this process's ECS task: the last part of its ARN, which the scraper also uses as the label `task`.
 * Undefined outside ECS, or if the task metadata endpoint (version 4) does not answer.
 */
export async function taskId(metadataUri: string | undefined): Promise<string | undefined> {
  if (metadataUri === undefined) return undefined;
  try {
    const response = await fetch(`${metadataUri}/task`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const { TaskARN } = (await response.json()) as { readonly TaskARN?: unknown };
    return typeof TaskARN === 'string' ? TaskARN.split('/').pop() : undefined;
  } catch {
    return undefined;
  }
}
