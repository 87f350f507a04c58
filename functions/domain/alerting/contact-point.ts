import { differences } from '../compare';
import type { ContactPointModel, Content } from '../content';
import { GrafanaRejected, SnsContactPointRefused } from '../errors';
import type { Grafana } from '../grafana';
import { type Ownership, prune } from '../ownership';
import type { Change, Resource } from '../reconcile';
import { EDITABLE, PROVISIONING } from './provisioning';

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
        const { status, body } = await grafana.request('DELETE', path, { headers: EDITABLE, accept: [404, ...IN_USE] });
        const said = (body as { readonly message?: string } | null)?.message ?? `${status}`;
        return IN_USE.includes(status) ? `it stays, as Grafana does not delete it: ${said}` : undefined;
      },
    };
  });
}

/** What Grafana answers for a contact point that a policy or a rule still names: old servers 500, newer ones 409. */
const IN_USE: readonly number[] = [409, 500];

async function contactPoints(grafana: Grafana): Promise<readonly ContactPointModel[]> {
  return (await grafana.request('GET', `${PROVISIONING}/contact-points`)).body as readonly ContactPointModel[];
}
