import { differences } from '../compare';
import type { ContactPointModel, Content } from '../content';
import { GrafanaRejected, SnsContactPointRefused } from '../errors';
import type { Grafana } from '../grafana';
import { type Ownership, prune } from '../ownership';
import { type Change, isRefusal, type Resource } from '../reconcile';
import { EDITABLE, headersFor, noteOf, PROVISIONING } from './provisioning';

export function contactPointResource(grafana: Grafana, wanted: ContactPointModel): Resource<ContactPointModel> {
  return {
    name: `contact point ${wanted.name}`,
    read: async () => (await contactPoints(grafana)).find(({ uid }) => uid === wanted.uid),
    differences: (actual) => differences(wanted, actual),
    write: (actual) => write(grafana, wanted, actual).catch(explain(wanted)),
    note: noteOf,
  };
}

async function write(
  grafana: Grafana,
  wanted: ContactPointModel,
  actual: ContactPointModel | undefined,
): Promise<void> {
  if (actual) {
    const path = `${PROVISIONING}/contact-points/${wanted.uid}`;
    await grafana.request('PUT', path, { body: wanted, headers: headersFor(actual) });
  } else {
    await grafana.request('POST', `${PROVISIONING}/contact-points`, { body: wanted, headers: EDITABLE });
  }
}

/**
 * Below 12, AMG's own SNS contact point has the member `topic`; Grafana's has `topic_arn` (aws-facts:
 * sns-contact-point-12).
 */
function explain({ name, type, settings }: ContactPointModel) {
  return (error: unknown): never => {
    const isOwnSns = type === 'sns' && settings['topic'] !== undefined;
    if (isOwnSns && error instanceof GrafanaRejected && /invalid object specification/i.test(error.answer))
      throw new SnsContactPointRefused(name, error.answer, error);
    throw error;
  };
}

export function pruneContactPoints(
  grafana: Grafana,
  content: Content,
  ownership: Ownership,
  verifyOnly: boolean,
): Promise<readonly Change[]> {
  const shipped = new Set(content.contactPoints.map(({ model }) => model.uid));
  return prune({ ownership, kind: 'contactPoints', shipped, verifyOnly }, async (uid) => {
    const stored = (await contactPoints(grafana)).find((point) => point.uid === uid);
    if (!stored) return undefined;
    return {
      name: `contact point ${stored.name}`,
      async remove() {
        const path = `${PROVISIONING}/contact-points/${uid}`;
        try {
          await grafana.request('DELETE', path, { headers: headersFor(stored), accept: [404] });
          return undefined;
        } catch (error) {
          // A policy or a rule still refers to it: old Grafana versions answer 500, newer ones 409.
          if (!isRefusal(error) || (error.status !== 409 && error.status !== 500)) throw error;
          return `it stays, as Grafana refuses to delete it: ${error.message}`;
        }
      },
    };
  });
}

async function contactPoints(grafana: Grafana): Promise<readonly ContactPointModel[]> {
  return (await grafana.request('GET', `${PROVISIONING}/contact-points`)).body as readonly ContactPointModel[];
}
