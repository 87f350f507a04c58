import { readConfig } from '../../../functions/tester/config';
import { readInput } from '../../../functions/tester/input';

describe("the tester's input", () => {
  it.each([
    [{}, {}],
    [{ run: 'r1' }, { run: 'r1' }],
    [
      { run: 'r1', provoke: 5, more: true },
      { run: 'r1', provoke: 5 },
    ],
    [
      { probes: [{ service: 'checkout', url: 'http://checkout/', expect: 200 }] },
      { probes: [{ service: 'checkout', url: 'http://checkout/', expect: 200 }] },
    ],
  ])('%j is read as %j', (event, input) => {
    expect(readInput(event)).toEqual(input);
  });

  it.each([
    null,
    'text',
    { run: '' },
    { run: 1 },
    { provoke: 0 },
    { provoke: 1.5 },
    { provoke: 101 },
    { provoke: '5' },
    { probes: {} },
    { probes: [null] },
    { probes: [{ service: 'checkout', url: 'checkout', expect: 200 }] },
    { probes: [{ service: 'checkout', url: 'http://checkout/', expect: '200' }] },
  ])('%j is refused as InvalidInput', (event) => {
    expect(() => readInput(event)).toThrow(expect.objectContaining({ name: 'InvalidInput' }));
  });

  it.each([{}, { SERVICE_URL: '' }, { SERVICE_URL: 'not a URL' }])(
    'an environment of %j is refused by the name of the variable',
    (environment) => {
      expect(() => readConfig(environment)).toThrow(/SERVICE_URL/);
    },
  );
});
