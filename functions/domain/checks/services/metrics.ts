import { withoutData } from '../../queries/answer';
import { instantQuery, type Sample } from '../../queries/prometheus';
import { metricsOf } from '../../services/telemetry-of';
import type { Check, Observation, Open } from '../check';
import type { ServiceUnderCheck } from './under-check';
import { whyMissing } from './why-missing';

/** A sample of a metric lives this long in an instant query. */
const LOOKBACK_S = 300;
const LONGEST_DEADLINE_MS = 200_000;

/** Is there a sample of the service's metrics that is younger than three intervals? */
export function metricsCheck(under: ServiceUnderCheck): Check {
  const { grafana, clock, service } = under;
  const { name, interval } = service;
  const limit = 3 * interval;
  const newest = `max(timestamp(${metricsOf([name])}))`;
  const query = limit > LOOKBACK_S ? `max_over_time(${newest}[${limit}s:15s])` : newest;
  return {
    name: `service-${name}-metrics`,
    query,
    expected: `a sample younger than ${limit} s, three intervals`,
    deadline: Math.min(Math.max(90_000, (2 * interval + 30) * 1000), LONGEST_DEADLINE_MS),
    async look() {
      const now = clock.now();
      const answer = await instantQuery(grafana, query, { from: new Date(now.getTime() - 900_000), to: now });
      const broken = withoutData(answer, 'prometheus');
      if (broken || answer.kind !== 'data') return broken ?? { verdict: 'not-evaluated', found: 'no answer' };
      const [sample] = answer.data;
      const age = sample && Math.max(0, Math.round(now.getTime() / 1000 - sample.value));
      if (age !== undefined && age <= limit)
        return { verdict: 'passed', found: `a sample ${age} s old`, evidence: answer.data };
      return {
        verdict: 'late',
        found: age === undefined ? `no metric with job="${name}"` : `the newest sample is ${age} s old`,
        evidence: answer.data,
        hop: 'collector path',
        remedy: `docs/services/${service.kind}.md says how its metrics come here.`,
      };
    },
    diagnose(last) {
      if (last.verdict !== 'late') return Promise.resolve(last);
      return typeof service.metrics === 'object' ? whyNotScraped(under, last) : whyMissing(under, 'metrics', last);
    },
  };
}

/** The scraper's own series `up` tells whether it found the service, and whether the service answered. */
async function whyNotScraped({ grafana, clock, service }: ServiceUnderCheck, last: Open): Promise<Observation> {
  const { name, metrics } = service;
  if (typeof metrics !== 'object') return last;
  const { cluster, service: ecsService, port, path } = metrics.ecs;
  const now = clock.now();
  const answer = await instantQuery(grafana, `up{job=${JSON.stringify(name)}}`, {
    from: new Date(now.getTime() - LOOKBACK_S * 1000),
    to: now,
  });
  if (answer.kind !== 'data') return { ...last, found: `${last.found}; asking for up failed too` };
  if (answer.data.length === 0)
    return {
      ...last,
      verdict: 'wrong',
      hop: 'not discovered',
      found: `${last.found}, and the scraper has no task of it`,
      evidence: answer.data,
      remedy: `metrics.ecs must name the cluster and the service as ECS does: is there a running task of "${ecsService}" in the cluster "${cluster}"? Deploy after each change of services.yml, and read the scraper's log for errors of its discovery.`,
    };
  const down = answer.data.filter(({ value }: Sample) => value === 0);
  if (down.length > 0)
    return {
      ...last,
      verdict: 'wrong',
      hop: 'scrape refused',
      found: `${last.found}: ${down.length} of ${answer.data.length} tasks did not answer the scraper on port ${port}`,
      evidence: answer.data,
      remedy: `Does the container listen on port ${port} and answer GET ${path} with 200? The task's security group must admit the scraper's on that port: the client security group does.`,
    };
  return {
    ...last,
    hop: 'service',
    found: `${last.found}, though the scraper gets answers from ${answer.data.length} tasks`,
    evidence: answer.data,
    remedy: `GET ${path} on port ${port} answers without a metric: is this the path of its metrics?`,
  };
}
