import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startMachineCloud } from './support/machine-cloud';
import { hurryRetries, objects } from './support/scenario';

jest.setTimeout(60_000);
beforeAll(hurryRetries);
afterAll(() => jest.restoreAllMocks());

/** Every token that AMG issued while `work` ran: the values sent as `Authorization: Bearer`. */
async function keysUsed(work: (keys: ReadonlySet<string>) => Promise<void>): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  const real = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    const { authorization } = (init?.headers ?? {}) as { readonly authorization?: string };
    if (authorization !== undefined) keys.add(authorization.replace(/^Bearer /, ''));
    return real(input, init);
  };
  try {
    await work(keys);
  } finally {
    globalThis.fetch = real;
  }
  return keys;
}

it('keeps every token out of states, logs, errors, the report and the journal, in runs that succeed and that fail', async () => {
  const cloud = await startMachineCloud();
  try {
    const places = new Map<string, string>();
    const keys = await keysUsed(async () => {
      places.set('history of a run that succeeds', (await cloud.run('setup')).history);
      cloud.grafana.plant({ kind: 'error', route: 'GET /api/folders/*', status: 400, message: 'not like this' });
      const failed = await cloud.run('setup');
      expect(failed.status).toBe('FAILED');
      places.set('history of a run that fails', failed.history);
      cloud.grafana.plant({ kind: 'error', route: 'GET /api/folders/*', status: 401, message: 'Invalid API key' });
      places.set('history of a run that mints again', (await cloud.run('setup', { mode: 'verify' })).history);
    });
    places.set('the log of the functions', cloud.logs.join(''));
    places.set('the journal', await readFile(join(cloud.directory, 'journal.ndjson'), 'utf8'));
    for (const [key, text] of await objects(cloud)) places.set(`the object ${key}`, text);

    expect(keys.size).toBeGreaterThan(15);
    expect(places.size).toBeGreaterThan(8);
    const where = (secrets: ReadonlySet<string>) =>
      [...places].filter(([, text]) => [...secrets].some((secret) => text.includes(secret))).map(([place]) => place);
    // Proves the search: it finds known content in each place.
    for (const [place, text] of places) expect(where(new Set([text.slice(10, 40)]))).toContain(place);
    expect(where(keys)).toEqual([]);
  } finally {
    await cloud.close();
  }
});

it('detects a token that a function leaks', async () => {
  const cloud = await startMachineCloud();
  try {
    let history = '';
    const keys = await keysUsed(async (seen) => {
      cloud.overrides.set('installPlugins', async (_event, run) => {
        const result = (await run()) as object;
        return { ...result, detail: `planted ${[...seen].at(-1)}` };
      });
      history = (await cloud.run('setup')).history;
    });
    expect([...keys].filter((key) => history.includes(key))).toHaveLength(1);
  } finally {
    await cloud.close();
  }
});
