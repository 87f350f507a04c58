import policy from '../../../grafana/alerting/policy.json';
import { type Alert, fingerprint, type Labels } from '../../grafana-server/alerting/alert';
import { Dispatcher } from '../../grafana-server/alerting/dispatcher';
import type { NotificationRoute } from '../../grafana-server/alerting/model';

/** The stack's own policy, below the root as the setup puts it there; times are in seconds. */
const root = { receiver: 'root', group_by: ['alertname'], routes: [policy] } as unknown as NotificationRoute;

function start() {
  const told: { at: number; receiver: string; alerts: readonly string[] }[] = [];
  let clock = 0;
  let refuses = false;
  const dispatcher = new Dispatcher(async ({ receiver, alerts }) => {
    if (refuses) return false;
    told.push({ at: clock, receiver, alerts: alerts.map(({ labels, status }) => `${labels['instance']} ${status}`) });
    return true;
  });
  return {
    told,
    refuse: (value: boolean) => {
      refuses = value;
    },
    /** Evaluates firing alerts once a minute and runs the dispatcher every second. */
    async run(from: number, to: number, alerts: (at: number) => readonly Alert[]) {
      for (clock = from; clock <= to; clock += 1) {
        if (clock % 60 === 0) dispatcher.put(root, alerts(clock), clock * 1000);
        await dispatcher.flush(clock * 1000);
      }
    },
  };
}

const alert = (instance: string, severity: string, status: Alert['status'] = 'firing', alertname = 'Errors'): Alert => {
  const labels: Labels = { managed_by: 'grafana-observability', grafana_folder: 'F', alertname, severity, instance };
  return {
    fingerprint: fingerprint(labels),
    ruleUid: 'r',
    status,
    labels,
    annotations: {},
    startsAt: 0,
    endsAt: undefined,
    values: {},
    notificationSettings: null,
  };
};

describe('notifications of the stack’s policy', () => {
  it('are sent after ten seconds, one message for all alerts of a rule', async () => {
    const { told, run } = start();
    await run(0, 59, () => [alert('a', 'sev2'), alert('b', 'sev2'), alert('c', 'sev2', 'firing', 'Other')]);
    expect(told).toEqual([
      { at: 10, receiver: policy.receiver, alerts: ['a firing', 'b firing'] },
      { at: 10, receiver: policy.receiver, alerts: ['c firing'] },
    ]);
  });

  it.each([
    ['sev2', 70],
    ['sev3', 310],
  ])('include a further alert of %s at the end of its group interval, after %i seconds', async (severity, second) => {
    const { told, run } = start();
    await run(0, 400, (at) => [alert('a', severity), ...(at >= 60 ? [alert('b', severity)] : [])]);
    expect(told.map(({ at, alerts }) => [at, alerts.length])).toEqual([
      [10, 1],
      [second, 2],
    ]);
  });

  it('are sent once when it has resolved, and then not again', async () => {
    const { told, run } = start();
    await run(0, 600, (at) => (at < 120 ? [alert('a', 'sev2')] : at === 120 ? [alert('a', 'sev2', 'resolved')] : []));
    expect(told.map(({ at, alerts }) => [at, ...alerts])).toEqual([
      [10, 'a firing'],
      [130, 'a resolved'],
    ]);
  });

  it.each([
    ['sev2', 4],
    ['sev3', 12],
  ])('are repeated for firing alerts of %s after %i hours', async (severity, hours) => {
    const { told, run } = start();
    const repeat = hours * 3600;
    await run(0, repeat + 600, () => [alert('a', severity)]);
    expect(told).toHaveLength(2);
    expect((told[1]?.at ?? 0) - (told[0]?.at ?? 0)).toBeGreaterThanOrEqual(repeat);
    expect((told[1]?.at ?? 0) - (told[0]?.at ?? 0)).toBeLessThanOrEqual(repeat + 300);
  });

  it('are tried again while the receiver fails', async () => {
    const { told, run, refuse } = start();
    refuse(true);
    await run(0, 29, () => [alert('a', 'sev2')]);
    refuse(false);
    await run(30, 59, () => [alert('a', 'sev2')]);
    expect(told).toEqual([{ at: 30, receiver: policy.receiver, alerts: ['a firing'] }]);
  });

  it('do not go to the stack’s receiver for alerts of others', async () => {
    const { told, run } = start();
    const { managed_by: _ours, ...labels } = alert('a', 'sev2').labels;
    await run(0, 59, () => [{ ...alert('a', 'sev2'), labels }]);
    expect(told.map(({ receiver }) => receiver)).toEqual(['root']);
  });
});
