import { contactPointChecks } from '../../../../functions/domain/checks/contact-point';
import type { Grafana } from '../../../../functions/domain/grafana';
import { content } from '../../../../functions/shared/content';

/** Grafana 13 with the stack's contact point and policy, and this response to a test message. */
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
      // The placeholder of the content, which is not replaced here.
      alertTopicArn: '@{alertTopicArn}',
    });
    const seen = await check?.look();
    expect(seen?.verdict).toBe(verdict);
    expect(seen?.found).toMatch(found);
  });
});
