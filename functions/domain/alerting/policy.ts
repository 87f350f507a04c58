import type { Content, PolicyModel } from '../content';
import { RouteNotAllowed } from '../errors';
import type { Grafana } from '../grafana';
import type { Ownership } from '../ownership';
import { type Change, type Resource, reconcile } from '../reconcile';
import { memberDifferences, textOf } from '../statement/member-differences';
import { headersFor, noteOf, PROVISIONING } from './provisioning';
import { alertLabels, receiversOf } from './receivers-of';
import { ruleResource } from './rules';

interface PolicyTree {
  readonly routes?: readonly PolicyModel[];
  readonly [member: string]: unknown;
}

/**
 * Sets our branch of the notification policy tree. If the workspace refuses to read or write the tree, each of our
 * rules names the contact point instead ("Notifications", Grafana documentation). A tree that cannot be read is never
 * written, because that would delete users' policies. aws-facts: workspace-policy-routes
 */
export async function applyPolicy(
  grafana: Grafana,
  content: PolicyContent,
  verifyOnly: boolean,
  ownership: Ownership,
): Promise<readonly Change[]> {
  try {
    const change = await reconcile(policyResource(grafana, content), verifyOnly);
    if (change.outcome !== 'drifted') return [change];
    const byRules = await nameInRules(grafana, content, verifyOnly, ownership);
    return byRules.every(({ outcome }) => outcome === 'unchanged') ? [told('the tree lacks our branch')] : [change];
  } catch (error) {
    if (!(error instanceof RouteNotAllowed)) throw error;
    const byRules = await nameInRules(grafana, content, verifyOnly, ownership);
    return [told(`not touched, as this workspace refuses ${error.route}`), ...byRules.filter(isChanged)];
  }

  function told(why: string): Change {
    const note = `${why}; each rule names the contact point ${content.policy.receiver} itself`;
    return { name: POLICY, outcome: 'unchanged', differences: [], note };
  }
}

type PolicyContent = Pick<Content, 'policy' | 'rules' | 'folder'>;

const POLICY = 'notification policy';

const isChanged = ({ outcome }: Change): boolean => outcome !== 'unchanged';

async function nameInRules(
  grafana: Grafana,
  content: PolicyContent,
  verifyOnly: boolean,
  ownership: Ownership,
): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (const rule of content.rules) {
    const named = { ...rule, notification_settings: { receiver: content.policy.receiver } };
    changes.push(await reconcile(ruleResource(grafana, named, content, ownership), verifyOnly));
  }
  return changes;
}

/**
 * Our branch of the notification policy tree: a route below the root. The root and users' routes stay unchanged and
 * where they are, even before ours, as long as our route still receives all of our alerts.
 */
function policyResource(grafana: Grafana, { policy: wanted, rules, folder }: PolicyContent): Resource<PolicyTree> {
  const lostIn = (tree: PolicyTree) =>
    rules.find((rule) => !receiversOf(tree, alertLabels(rule, folder)).includes(wanted.receiver));
  return {
    name: POLICY,
    // The tree always exists. Our route may be missing.
    read: async () => (await grafana.request('GET', `${PROVISIONING}/policies`)).body as PolicyTree,
    differences: (tree) => {
      const ours = ourRoute(tree, wanted);
      if (!ours) return ['our route is missing'];
      const lost = lostIn(tree);
      // What takes our alerts may be our own changed route: its members are told first.
      const differing = memberDifferences('notification policy', wanted, ours).map(textOf);
      return lost && differing.length === 0 ? [`another route takes "${lost.title}" before ours`] : differing;
    },
    write: async (tree) => {
      const routes = tree?.routes ?? [];
      const ours = tree && ourRoute(tree, wanted);
      const inPlace = { ...tree, routes: routes.map((route) => (route === ours ? wanted : route)) };
      // First only if it must be, so that a user's broader route does not take the stack's alerts.
      const first = { ...tree, routes: [wanted, ...routes.filter((route) => route !== ours)] };
      await grafana.request('PUT', `${PROVISIONING}/policies`, {
        body: ours && !lostIn(inPlace) ? inPlace : first,
        headers: headersFor(tree),
      });
    },
    note: noteOf,
  };
}

/**
 * The route with our matcher that leads to our contact point. Users may have routes with the same matcher. If none
 * leads to us, the only one with our matcher is ours, and somebody redirected it.
 */
function ourRoute({ routes = [] }: PolicyTree, wanted: PolicyModel): PolicyModel | undefined {
  const matching = routes.filter(
    (route) => JSON.stringify(route.object_matchers) === JSON.stringify(wanted.object_matchers),
  );
  const leading = matching.find((route) => route.receiver === wanted.receiver);
  return leading ?? (matching.length === 1 ? matching[0] : undefined);
}
