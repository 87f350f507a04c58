/**
 * The credentials part of the instance metadata service (IMDSv2), from which a real Grafana gets the workspace role.
 */
import { createServer } from 'node:http';
import type { TemporaryCredentials } from '../../kernel/contracts';

const role = 'grafana-workspace';

export async function startInstanceMetadata(
  credentials: () => TemporaryCredentials,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    if (request.method === 'PUT' && path === '/latest/api/token') {
      response.writeHead(200, { 'x-aws-ec2-metadata-token-ttl-seconds': '21600' }).end('local');
    } else if (request.headers['x-aws-ec2-metadata-token'] !== 'local') {
      response.writeHead(401).end();
    } else if (path === '/latest/meta-data/iam/security-credentials/') {
      response.end(role);
    } else if (path === `/latest/meta-data/iam/security-credentials/${role}`) {
      answer(() => toMetadata(credentials()));
    } else {
      response.writeHead(404).end();
    }
    function answer(make: () => unknown): void {
      try {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(make()));
      } catch (error) {
        response.writeHead(500).end(JSON.stringify({ Code: 'Failed', Message: String(error) }));
      }
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function toMetadata(found: TemporaryCredentials): unknown {
  return {
    Code: 'Success',
    Type: 'AWS-HMAC',
    LastUpdated: new Date().toISOString(),
    AccessKeyId: found.accessKeyId,
    SecretAccessKey: found.secretAccessKey,
    Token: found.sessionToken,
    Expiration: found.expiration.toISOString(),
  };
}
