import { readFileSync } from 'node:fs';
import path from 'node:path';
import { costOf, readPrices } from '../../plugin/cost/prices';
import { components, freeTypes, type Resources } from '../../scripts/template/cost';
import { documents } from '../../scripts/template/document-tables';
import { expectNone, templatePath, templates } from './template';

const root = path.resolve(__dirname, '..', '..');
const prices = readPrices();

describe('tables of the documents', () => {
  const made = documents({ production: templatePath('production'), dev: templatePath('dev') });

  it.each(Object.keys(made))('%s matches its data (npm run docs:tables writes it)', (file) => {
    expect(readFileSync(path.join(root, file), 'utf8')).toBe(made[file]);
  });
});

describe.each(templates)('the cost of every component ($variant)', ({ raw }) => {
  const resources = raw['Resources'] as unknown as Resources;
  const priced = components(resources, prices).flatMap(({ types }) => types);
  // Resources that the user already has.
  const elsewhere = ['AWS::Route53::RecordSet'];

  it('is in the table, or the type is known to cost nothing', () => {
    const types = new Set(Object.values(resources).map(({ Type }) => Type));
    expectNone([...types].filter((type) => ![...priced, ...freeTypes, ...elsewhere].includes(type)));
  });

  it('is in the table only for types that the template has', () => {
    const types = new Set(Object.values(resources).map(({ Type }) => Type));
    expectNone(priced.filter((type) => !types.has(type)));
  });
});

describe('prices', () => {
  it('have a source with its date, or a place to look them up', () => {
    const bad = Object.entries(prices).filter(([, price]) =>
      'price' in price
        ? !(price.price > 0 && price.unit && price.source && (price.dated ?? price.read))
        : !(price.lookUp && price.unit),
    );
    expectNone(bad.map(([name]) => name));
  });

  it.each([
    ['1,000 series at 5 s', 1000 * 518_400, 46.66],
    ['4,000 series at 5 s, of which the last 73,600,000 samples are above two billion', 4000 * 518_400, 182.58],
  ])('give for %s what AMP takes', (_name, samples, expected) => {
    expect(costOf(prices, 'ampSamples', samples)).toBeCloseTo(expected, 2);
  });
});
