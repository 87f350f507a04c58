import { differences } from '../compare';
import type { Content, PolicyModel } from '../content';
import type { Grafana } from '../grafana';
import type { Resource } from '../reconcile';
import { EDITABLE, PROVISIONING } from './provisioning';
import { alertLabels, receiversOf } from './receivers-of';

interface PolicyTree {
  readonly routes?: readonly PolicyModel[];
  readonly [member: string]: unknown;
}

/**
 * Our branch of the notification policy tree: a route below the root, known by its matcher. The root and the routes that users
 * made stay as they are, before ours too, as long as ours still hears of every alert of ours.
 */
export function policyResource(
  grafana: Grafana,
  { policy: wanted, rules, folder }: Pick<Content, 'policy' | 'rules' | 'folder'>,
): Resource<PolicyTree> {
  return {
    name: 'notification policy',
    // The tree is always there; our route may be missing from it.
    read: async () => (await grafana.request('GET', `${PROVISIONING}/policies`)).body as PolicyTree,
    differences: (tree) => {
      const ours = (tree.routes ?? []).find((route) => isOurs(route, wanted));
      if (!ours) return ['our route is missing'];
      const lost = rules.find((rule) => !receiversOf(tree, alertLabels(rule, folder)).includes(wanted.receiver));
      // A route of ours that was changed itself is put back, and is first then.
      const differing = differences(wanted, ours);
      return lost && differing.length === 0 ? [`another route takes "${lost.title}" before ours`] : differing;
    },
    write: async (tree) => {
      const others = (tree?.routes ?? []).filter((route) => !isOurs(route, wanted));
      // First, so that a broader route of a user does not swallow the stack's alerts.
      await grafana.request('PUT', `${PROVISIONING}/policies`, {
        body: { ...tree, routes: [wanted, ...others] },
        headers: EDITABLE,
      });
    },
  };
}

function isOurs(route: PolicyModel, wanted: PolicyModel): boolean {
  return JSON.stringify(route.object_matchers) === JSON.stringify(wanted.object_matchers);
}
