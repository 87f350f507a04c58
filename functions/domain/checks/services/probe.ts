import type { ObservedService } from '../../services/observed-service';
import type { Probe } from '../../traffic';
import type { Check, Observation } from '../check';

/** Was the tester's request to the service answered with the expected status? */
export function probeCheck({ name, kind }: ObservedService, probe: Probe): Check {
  const { url, expectedStatus, actualStatus, durationMs, error } = probe;
  const remedy =
    'The security group of the service must admit the tester on the port of the URL (docs/services/README.md, "Network"), the service must run, and the URL must be reachable from inside the VPC.';
  const seen = (): Observation => {
    if (actualStatus === expectedStatus)
      return { verdict: 'passed', found: `${actualStatus} after ${durationMs} ms`, evidence: probe };
    if (actualStatus === undefined)
      return {
        verdict: 'wrong',
        found: `no answer: ${error ?? 'unknown'}`,
        evidence: probe,
        hop: 'security group',
        remedy,
      };
    return {
      verdict: 'wrong',
      found: `${actualStatus}, not ${expectedStatus}`,
      evidence: probe,
      hop: 'service',
      remedy: `Correct probe.url or probe.expect of ${name} in services.yml, or the service (docs/services/${kind}.md).`,
    };
  };
  return {
    name: `service-${name}-probe`,
    query: `GET ${url}`,
    expected: `status ${expectedStatus}`,
    // The answer does not change by waiting.
    deadline: 0,
    look: async () => seen(),
  };
}
