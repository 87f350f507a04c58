/** The tester's six calls, as data. `{run}` in a key separates the objects of each run. */
export interface PlannedCall {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Route template, as in the service's metrics. */
  readonly endpoint: string;
  readonly expectedStatus: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly key?: string;
  /** Members that the body of a correct response must have. */
  readonly answer: 'the key' | 'what was written' | 'anything';
}

export function plannedCalls(run: string): readonly PlannedCall[] {
  const key = (name: string) => `tester/${run}/${name}`;
  return [
    write('write the first object', key('1')),
    write('write the second object', key('2')),
    read('read the first object', key('1'), 200),
    read('read the second object', key('2'), 200),
    read('read what never existed', key('missing'), 404),
    {
      name: 'write broken JSON',
      method: 'POST',
      path: '/data',
      endpoint: '/data',
      expectedStatus: 400,
      body: '{"key": ',
      answer: 'anything',
    },
  ];
}

/** Requests that the service's fault switch answers with 503. If it is off, they get 404 and the run fails. */
export function provocations(run: string, count: number): readonly PlannedCall[] {
  return Array.from({ length: count }, (_, index) => ({
    ...read(`provoke an error (${index + 1} of ${count})`, `tester/${run}/missing`, 404),
    expectedStatus: 503,
    headers: { 'x-fault': '503' },
  }));
}

/** The document written under a key. It contains the key, so that a read can be compared. */
export function objectFor(key: string): Readonly<Record<string, unknown>> {
  return { key, source: 'tester' };
}

function write(name: string, key: string): PlannedCall {
  return {
    name,
    method: 'POST',
    path: '/data',
    endpoint: '/data',
    expectedStatus: 201,
    key,
    body: JSON.stringify(objectFor(key)),
    answer: 'the key',
  };
}

function read(name: string, key: string, expectedStatus: 200 | 404): PlannedCall {
  return {
    name,
    method: 'GET',
    path: `/data/${key}`,
    endpoint: '/data/{key}',
    expectedStatus,
    key,
    answer: expectedStatus === 200 ? 'what was written' : 'anything',
  };
}
