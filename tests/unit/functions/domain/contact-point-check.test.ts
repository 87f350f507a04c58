import { contactPointChecks } from '../../../../functions/domain/checks/contact-point';
import type { Grafana } from '../../../../functions/domain/grafana';
import { content } from '../../../../functions/shared/content';

/** A Grafana 13 that has the contact point and the policy of the stack, and answers a test message so. */
function answering(test: { readonly status: number; readonly body: unknown }): Grafana {
  const [point] = content.contactPoints.filter(({ since }) => since !== undefined);
  return {
    request: async (method, path) => {
      if (method === 'POST') return test;
      return { status: 200, body: path.endsWith('/policies') ? content.policy : [point?.model] };
    },
  };
}

describe('a test message through the contact point on Grafana 13', () => {
  it.each([
    [{ status: 'success', duration: '20ms' }, 'passed', 'the test message was accepted'],
    [{ status: 'failure', duration: '20ms', error: 'AuthorizationError' }, 'wrong', /refused: AuthorizationError/],
    [{ duration: '20ms' }, 'wrong', /refused: 200/],
    [{}, 'wrong', /refused: 200/],
  ])('that is answered 200 with %j is %s', async (body, verdict, found) => {
    const [check] = contactPointChecks(answering({ status: 200, body }), content, '13.2', {
      send: true,
      // The content's placeholder, which stands here as it is.
      alertTopicArn: '@{alertTopicArn}',
    });
    const seen = await check?.look();
    expect(seen?.verdict).toBe(verdict);
    expect(seen?.found).toMatch(found);
  });
});
