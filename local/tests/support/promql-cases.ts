import type { Labels } from '../../engines/wire/labels';

/** One value a minute for each series, the last at the moment of the query. */
export const promqlSeries: readonly (readonly [labels: Labels, values: string])[] = [
  [{ __name__: 'requests_total', method: 'GET', status: '200' }, '0 60 120 180 240 300'],
  [{ __name__: 'requests_total', method: 'POST', status: '201' }, '0 6 12 18 24 30'],
  [{ __name__: 'requests_total', method: 'POST', status: '500' }, '0 0 0 3 3 6'],
  [{ __name__: 'up', job: 'a' }, '1 1 1 1 1 1'],
  [{ __name__: 'up', job: 'b' }, '1 1 1 1 1 0'],
  [{ __name__: 'limit', job: 'a', team: 'x' }, '5 5 5 5 5 5'],
  [{ __name__: 'seconds_bucket', le: '0.1' }, '0 0 0 0 0 10'],
  [{ __name__: 'seconds_bucket', le: '0.5' }, '0 0 0 0 0 30'],
  [{ __name__: 'seconds_bucket', le: '+Inf' }, '0 0 0 0 0 40'],
];

/** Labels as the cases below have them: `a=1,b=2`. */
export function labelsText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(',');
}

/** Queries over these series with what Prometheus answers, points by their labels: `a=1,b=2`. */
export const promqlCases: readonly [query: string, expected: Record<string, number> | number][] = [
  ['1 + 2 * 3 ^ 2 % 5', 1 + ((2 * 9) % 5)],
  ['-2 ^ 2', -4],
  ['2 ^ -1', 0.5],
  ['(-2) ^ 2', 4],
  ['-2 + 3', 1],
  [
    'sum by (method) (rate(requests_total[5m])) / ignoring (method) group_left sum(rate(requests_total[5m]))',
    { 'method=GET': 300 / 336, 'method=POST': 36 / 336 },
  ],
  ['increase(requests_total{status="201"}[5m])', { 'method=POST,status=201': 30 }],
  ['avg_over_time(up{job="b"}[5m])', { 'job=b': 0.8 }],
  ['sum(requests_total) > 100 and sum(up) > 5', {}],
  ['bottomk(1, requests_total)', { '__name__=requests_total,method=POST,status=500': 6 }],
  ['count(up == 1) or vector(0)', { '': 1 }],
  ['histogram_quantile(0.9, sum by (le) (rate(seconds_bucket[5m])))', { '': 0.5 }],
  ['10 - up', { 'job=a': 9, 'job=b': 10 }],
  ['delta(up{job="b"}[4m])', { 'job=b': -4 / 3 }],
  ['2 > bool 1', 1],
  ['up', { '__name__=up,job=a': 1, '__name__=up,job=b': 0 }],
  ['up{job!="a"}', { '__name__=up,job=b': 0 }],
  ['up{job=~"a|c"}', { '__name__=up,job=a': 1 }],
  ['{__name__="up", job="a"}', { '__name__=up,job=a': 1 }],
  ['up == 0', { '__name__=up,job=b': 0 }],
  ['up == bool 0', { 'job=a': 0, 'job=b': 1 }],
  ['0 < up', { '__name__=up,job=a': 1 }],
  ['-up{job="a"}', { 'job=a': -1 }],
  ['up offset 1m', { '__name__=up,job=a': 1, '__name__=up,job=b': 1 }],
  ['sum(requests_total)', { '': 336 }],
  ['sum by (method) (requests_total)', { 'method=GET': 300, 'method=POST': 36 }],
  ['max without (status) (requests_total)', { 'method=GET': 300, 'method=POST': 30 }],
  ['count(requests_total) by (status)', { 'status=200': 1, 'status=201': 1, 'status=500': 1 }],
  ['avg(up)', { '': 0.5 }],
  ['stddev(up)', { '': 0.5 }],
  ['topk(1, requests_total)', { '__name__=requests_total,method=GET,status=200': 300 }],
  ['quantile(0.5, requests_total)', { '': 30 }],
  ['rate(requests_total{method="GET"}[5m])', { 'method=GET,status=200': 1 }],
  ['irate(requests_total{status="500"}[5m])', { 'method=POST,status=500': 3 / 60 }],
  ['max_over_time(up{job="b"}[5m])', { 'job=b': 1 }],
  ['changes(up{job="b"}[5m])', { 'job=b': 1 }],
  ['count_over_time(up[3m])', { 'job=a': 3, 'job=b': 3 }],
  ['max_over_time(sum(up)[5m:1m])', { '': 2 }],
  ['histogram_quantile(0.5, seconds_bucket)', { '': 0.3 }],
  ['histogram_quantile(0.99, seconds_bucket)', { '': 0.5 }],
  ['clamp_max(sum(requests_total), 100)', { '': 100 }],
  ['clamp(up, 0.2, 0.4)', { 'job=a': 0.4, 'job=b': 0.2 }],
  ['up * on (job) group_left (team) limit', { 'job=a,team=x': 5 }],
  ['up / ignoring (team) limit', { 'job=a': 0.2 }],
  ['up and on (job) limit', { '__name__=up,job=a': 1 }],
  ['up unless on (job) limit', { '__name__=up,job=b': 0 }],
  ['sum(nothing) or vector(0)', { '': 0 }],
  ['absent(nothing)', { '': 1 }],
  ['absent(up)', {}],
  ['scalar(sum(up)) + 1', 2],
  ['round(vector(2.5))', { '': 3 }],
  ['label_replace(up{job="a"}, "x", "is-$1", "job", "(.*)")', { '__name__=up,job=a,x=is-a': 1 }],
  [
    'label_replace(label_replace(up{job="a"}, "job", "a\\nb", "job", "a"), "x", "whole", "job", "a.b")',
    { '__name__=up,job=a\nb,x=whole': 1 },
  ],
  ['label_join(up{job="a"}, "x", "-", "job", "job")', { '__name__=up,job=a,x=a-a': 1 }],
];
