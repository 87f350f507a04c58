import type { ContactPointModel, Content } from '../content';
import { GrafanaRejected, SnsContactPointRefused } from '../errors';
import type { Grafana } from '../grafana';
import type { Ownership } from '../ownership';
import { prune } from '../prune';
import { type Change, isRefusal, type Resource } from '../reconcile';
import { memberDifferences } from '../statement/member-differences';
import { ownedResource } from '../statement/owned-resource';
import { EDITABLE, headersFor, noteOf, PROVISIONING } from './provisioning';

/**
 * Grafana gives each integration of a contact point its own uid, and all of them its name. What a user adds to ours is
 * left alone. A contact point of a user that has our name is not joined: that throws NameTaken.
 */
export function contactPointResource(
  grafana: Grafana,
  wanted: ContactPointModel,
  ownership: Ownership,
): Resource<ContactPointModel> {
  const { uid } = wanted;
  return {
    name: `contact point ${wanted.name}`,
    read: async () => (await contactPoints(grafana)).find((point) => point.uid === uid),
    ...ownedResource<ContactPointModel>({
      ownership,
      kind: 'contactPoints',
      uid,
      looksOurs: ({ name, type }) => name === wanted.name && type === wanted.type,
      compare: (actual) => memberDifferences('contact point', wanted, actual),
    }),
    unique: {
      uid,
      async namesake() {
        if (ownership.of('contactPoints').includes(uid)) return undefined;
        return (await contactPoints(grafana)).find((point) => point.name === wanted.name && point.uid !== uid)?.uid;
      },
      isLookedFor: true,
    },
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
 * Below 12, AMG's own SNS contact point has the member `topic`; Grafana's has `topic_arn`
 * (aws-facts: sns-contact-point-12).
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
