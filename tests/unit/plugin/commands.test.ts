import { commands } from '../../../plugin/commands';

const options = Object.entries(commands).flatMap(([verb, { options = {} }]) =>
  Object.entries(options).map(([name, { usage }]) => ({ verb, name, usage })),
);

it.each(options)('the help of $verb --$name says what happens without it', ({ usage }) => {
  expect(usage).toMatch(/Default: \S/);
});

it.each(Object.entries(commands).filter(([, { type }]) => type !== 'entrypoint'))(
  '%s says what it is for',
  (_, { usage }) => {
    expect(usage).toMatch(/^[A-Z].{10,}/);
  },
);
