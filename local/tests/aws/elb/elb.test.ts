import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createElb, type ElbService, type Target } from '../../../aws/elb';
import type { JsonObject } from '../../../kernel/contracts';
import { type ComputeCloud, create, handlerOf, resource, startComputeCloud } from '../support/compute-cloud';

const V2 = 'AWS::ElasticLoadBalancingV2';
let cloud: ComputeCloud;
let elb: ElbService;
const servers: Server[] = [];

beforeAll(async () => {
  cloud = await startComputeCloud();
  elb = createElb(cloud.kernel);
  cloud.kernel.register(elb);
});
afterAll(async () => {
  await cloud[Symbol.asyncDispose]();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve).closeAllConnections())));
});

async function serve(listener: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const port = await serve(() => undefined);
  await new Promise((resolve) => servers.pop()?.close(resolve));
  return port;
}

async function balancer(more: JsonObject = {}, attributes: JsonObject[] = []) {
  const { ref: lb } = await create(elb, `${V2}::LoadBalancer`, 'Lb', {
    Subnets: ['a', 'b'],
    LoadBalancerAttributes: attributes,
  });
  const { ref: groupArn } = await create(elb, `${V2}::TargetGroup`, 'Group', {
    TargetType: 'ip',
    Protocol: 'HTTP',
    Port: 8080,
    VpcId: 'vpc',
    HealthCheckPath: '/health',
    HealthCheckIntervalSeconds: 5,
    UnhealthyThresholdCount: 2,
    HealthyThresholdCount: 2,
    ...more,
  });
  const port = await freePort();
  const { ref: listener } = await create(elb, `${V2}::Listener`, 'Listener', {
    LoadBalancerArn: lb,
    Port: port,
    Protocol: 'HTTP',
    DefaultActions: [{ Type: 'forward', TargetGroupArn: groupArn }],
  });
  return { group: elb.targetGroup(groupArn), url: `http://127.0.0.1:${port}`, port, lb, listener };
}

function becomes(group: ReturnType<ElbService['targetGroup']>, target: Target, state: Target['state']): Promise<void> {
  if (target.state === state) return Promise.resolve();
  return new Promise((resolve) =>
    group.onChange((changed) => changed === target && changed.state === state && resolve()),
  );
}

describe('a load balancer', () => {
  it('forwards requests with X-Forwarded headers and streams bodies', async () => {
    const { group, url, port: listenerPort } = await balancer();
    const port = await serve((incoming, response) => {
      if (incoming.url === '/health') return void response.end();
      response.setHeader('x-seen', JSON.stringify(incoming.headers));
      incoming.pipe(response);
    });
    await becomes(group, group.register({ id: '127.0.0.1', port, ports: {} }), 'healthy');
    const answer = await fetch(`${url}/a?b=1`, {
      method: 'POST',
      body: 'x'.repeat(100_000),
      headers: { traceparent: 'kept' },
    });
    expect((await answer.text()).length).toBe(100_000);
    expect(JSON.parse(answer.headers.get('x-seen') ?? '{}')).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': String(listenerPort),
      'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
      traceparent: 'kept',
      host: `127.0.0.1:${listenerPort}`,
    });
  });

  it('answers 503 without targets, 502 when the target refuses connections, 504 when it does not respond', async () => {
    const { group, url } = await balancer({}, [{ Key: 'idle_timeout.timeout_seconds', Value: '1' }]);
    const none = await fetch(url);
    expect([none.status, none.headers.get('server')]).toEqual([503, 'awselb/2.0']);
    const refusing = { id: '127.0.0.1', port: await freePort(), ports: {} };
    group.register(refusing);
    expect((await fetch(url)).status).toBe(502);
    await group.deregister(refusing);
    const silent = await serve((incoming, response) => void (incoming.url === '/health' && response.end()));
    group.register({ id: '127.0.0.1', port: silent, ports: {} });
    const late = await fetch(url);
    expect(late.status).toBe(504);
    expect(await late.text()).toContain('504 Gateway Time-out');
  });

  it('closes the connection when the target does, so that a partial answer does not look complete', async () => {
    const { group, url } = await balancer();
    const port = await serve((incoming, response) => {
      if (incoming.url === '/health') return void response.end();
      response.writeHead(200, { 'content-length': 1000 });
      response.write('half', () => response.destroy());
    });
    group.register({ id: '127.0.0.1', port, ports: {} });
    await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow();
  });

  it('follows its rules by priority', async () => {
    const { listener, url } = await balancer();
    const rule = (Priority: number, pattern: string, StatusCode: string) =>
      create(elb, `${V2}::ListenerRule`, `Rule${Priority}`, {
        ListenerArn: listener,
        Priority,
        Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: [pattern] } }],
        Actions: [
          {
            Type: 'fixed-response',
            FixedResponseConfig: { StatusCode, ContentType: 'text/plain', MessageBody: 'Not found' },
          },
        ],
      });
    await rule(2, '/metrics*', '410');
    await rule(1, '/metrics', '404');
    const answer = await fetch(`${url}/metrics?x=1`);
    expect([answer.status, await answer.text()]).toEqual([404, 'Not found']);
    expect((await fetch(`${url}/metrics/x`)).status).toBe(410);
    expect((await fetch(`${url}/other`)).status).toBe(503);
    await expect(rule(1, '/x', '404')).rejects.toMatchObject({ code: 'PriorityInUse' });
  });

  it('names the port when it is taken', async () => {
    const { lb, port, group } = await balancer();
    const again = create(elb, `${V2}::Listener`, 'Second', {
      LoadBalancerArn: lb,
      Port: port,
      Protocol: 'HTTP',
      DefaultActions: [{ Type: 'forward', TargetGroupArn: group.arn }],
    });
    await expect(again).rejects.toThrow(new RegExp(`Second: port ${port} of 127\\.0\\.0\\.1 is in use`));
  });

  it('frees its port when it is deleted', async () => {
    const { listener, url } = await balancer();
    await handlerOf(elb, `${V2}::Listener`).delete(resource(`${V2}::Listener`, 'Listener', {}, listener));
    await expect(fetch(url)).rejects.toThrow();
  });
});

describe('a target', () => {
  it("is checked on the task's port that the health check names", async () => {
    const { group } = await balancer({ HealthCheckPort: '3200' });
    const asked: string[] = [];
    const health = await serve((incoming, response) => {
      asked.push(incoming.url ?? '');
      response.end();
    });
    const port = await freePort();
    await becomes(group, group.register({ id: '127.0.0.1', port, ports: { 3200: health } }), 'healthy');
    expect(asked[0]).toBe('/health');
  });

  it('that fails gets no requests while another is healthy, and has a reason', async () => {
    const { group, url } = await balancer();
    let broken = false;
    const answer = (name: string) => (incoming: IncomingMessage, response: ServerResponse) => {
      response.statusCode = name === 'first' && broken && incoming.url === '/health' ? 500 : 200;
      response.end(name);
    };
    const first = group.register({ id: '127.0.0.1', port: await serve(answer('first')), ports: {} });
    const second = group.register({ id: '127.0.0.1', port: await serve(answer('second')), ports: {} });
    await Promise.all([becomes(group, first, 'healthy'), becomes(group, second, 'healthy')]);
    const names = async () => new Set(await Promise.all([1, 2, 3, 4].map(async () => (await fetch(url)).text())));
    expect(await names()).toEqual(new Set(['first', 'second']));
    broken = true;
    await becomes(group, first, 'unhealthy');
    expect(await names()).toEqual(new Set(['second']));
    const { TargetHealthDescriptions: described } = await cloud.kernel.call(
      'elasticloadbalancing',
      'DescribeTargetHealth',
      { TargetGroupArn: group.arn },
      cloud.kernel.deployer,
    );
    expect(described).toMatchObject([
      {
        TargetHealth: {
          State: 'unhealthy',
          Reason: 'Target.ResponseCodeMismatch',
          Description: 'Health checks failed with these codes: [500]',
        },
      },
      { TargetHealth: { State: 'healthy' } },
    ]);
  }, 15_000);

  it('that is deregistered finishes its open requests', async () => {
    const { group, url } = await balancer();
    let finish: () => void = () => undefined;
    let begin: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const port = await serve((incoming, response) => {
      if (incoming.url === '/health') return void response.end();
      finish = () => response.end('done');
      begin();
    });
    const address = { id: '127.0.0.1', port, ports: {} };
    group.register(address);
    const answer = fetch(url).then((given) => given.text());
    await begun;
    const gone = group.deregister(address);
    expect(group.targets.map(({ state }) => state)).toEqual(['draining']);
    expect((await fetch(url)).status).toBe(503);
    finish();
    await gone;
    expect(group.targets).toEqual([]);
    expect(await answer).toBe('done');
  });
});

describe('a template is refused', () => {
  it.each([
    ['a name of 33 characters', 'LoadBalancer', { Subnets: ['a', 'b'], Name: 'x'.repeat(33) }, /32 characters/],
    ['one subnet', 'LoadBalancer', { Subnets: ['a'] }, /two zones/],
    ['instance targets', 'TargetGroup', { TargetType: 'instance', Protocol: 'HTTP', Port: 80, VpcId: 'v' }, /type ip/],
    ['HTTPS', 'Listener', { LoadBalancerArn: 'x', Port: 443, Protocol: 'HTTPS', DefaultActions: [] }, /HTTP only/],
  ])('for %s', async (_title, type, properties, message) => {
    await expect(create(elb, `${V2}::${type}`, 'Refused', properties)).rejects.toThrow(message);
  });
});
