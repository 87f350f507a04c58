import { differences } from '../compare';
import type { ContactPointModel, Content } from '../content';
import { GrafanaRejected, SnsContactPointRefused } from '../errors';
import type { Grafana } from '../grafana';
import type { Change, Resource } from '../reconcile';
import { EDITABLE, PROVISIONING } from './provisioning';

/** UIDs of ours begin with it. */
const OURS = 'stack-';

export function contactPointResource(grafana: Grafana, wanted: ContactPointModel): Resource<ContactPointModel> {
  return {
    name: `contact point ${wanted.name}`,
    read: async () => (await contactPoints(grafana)).find(({ uid }) => uid === wanted.uid),
    differences: (actual) => differences(wanted, actual),
    write: (actual) => write(grafana, wanted, actual !== undefined).catch(explain(wanted)),
  };
}

async function write(grafana: Grafana, wanted: ContactPointModel, isThere: boolean): Promise<void> {
  if (isThere) {
    const path = `${PROVISIONING}/contact-points/${wanted.uid}`;
    await grafana.request('PUT', path, { body: wanted, headers: EDITABLE });
  } else {
    await grafana.request('POST', `${PROVISIONING}/contact-points`, { body: wanted, headers: EDITABLE });
  }
}

/** `topic` is the member of AMG's own SNS contact point, below 12; Grafana's has `topic_arn` (aws-facts: sns-contact-point-12). */
function explain({ name, type, settings }: ContactPointModel) {
  return (error: unknown): never => {
    const isOwnSns = type === 'sns' && settings['topic'] !== undefined;
    if (isOwnSns && error instanceof GrafanaRejected && /invalid object specification/i.test(error.answer))
      throw new SnsContactPointRefused(name, error.answer, error);
    throw error;
  };
}

export async function pruneContactPoints(
  grafana: Grafana,
  content: Content,
  verifyOnly: boolean,
): Promise<readonly Change[]> {
  const shipped = new Set(content.contactPoints.map(({ model }) => model.uid));
  const stale = (await contactPoints(grafana)).filter(({ uid }) => uid?.startsWith(OURS) && !shipped.has(uid));
  if (!verifyOnly) {
    for (const { uid } of stale)
      await grafana.request('DELETE', `${PROVISIONING}/contact-points/${uid}`, { headers: EDITABLE, accept: [404] });
  }
  return stale.map(({ name }) => ({
    name: `contact point ${name}`,
    outcome: verifyOnly ? 'drifted' : 'removed',
    differences: ['no longer shipped'],
  }));
}

async function contactPoints(grafana: Grafana): Promise<readonly ContactPointModel[]> {
  return (await grafana.request('GET', `${PROVISIONING}/contact-points`)).body as readonly ContactPointModel[];
}
