import { readThrown } from '../domain/thrown';

/** Returns why the spans did not arrive; undefined if they did. Never throws: lost spans must not fail the calls. */
export async function sendSpans(url: string, request: object, timeout: number): Promise<string | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(timeout),
    });
    const answer = await response.text();
    return response.ok ? rejected(answer) : `${url} answered ${response.status}: ${answer.slice(0, 200)}`;
  } catch (error) {
    const { message, cause } = readThrown(error);
    return `${url}: ${cause?.message ?? message}`;
  }
}

/** OTLP answers 200 even if only some spans were accepted. */
function rejected(answer: string): string | undefined {
  const { partialSuccess } = JSON.parse(answer || '{}') as {
    readonly partialSuccess?: { readonly rejectedSpans?: string | number; readonly errorMessage?: string };
  };
  const spans = Number(partialSuccess?.rejectedSpans ?? 0);
  return spans > 0 ? `${spans} spans were rejected: ${partialSuccess?.errorMessage || 'no reason given'}` : undefined;
}
