/** The whole wait for ECS's answer (ms): the service starts without its task's id rather than late. */
const TIMEOUT_MS = 1_000;

/**
 * The id of the ECS task that this process runs in, the last part of its ARN: the scraper gives the task's series the same one as
 * the label `task`. Undefined outside ECS, and where the task metadata endpoint (version 4) does not answer.
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
