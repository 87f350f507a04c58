/** Answers the three Grafana calls that the gateway makes and returns what it received; runs as a real process. */
const { createServer } = require('node:http');

const admin = `Basic ${Buffer.from(`admin:${process.env.GF_SECURITY_ADMIN_PASSWORD}`).toString('base64')}`;
const roles = new Map();
const tokens = new Set();

createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const reply = (status, body) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const token = /^\/api\/serviceaccounts\/(\d+)\/tokens$/.exec(request.url);
  if (request.url === '/api/health') return reply(200, { database: 'ok' });
  if (request.url === '/api/environment') return reply(200, process.env);
  if (request.url === '/api/credentials') return reply(200, await credentials());
  if (request.url === '/api/serviceaccounts' && request.headers.authorization === admin) {
    roles.set(roles.size + 1, JSON.parse(text).role);
    return reply(201, { id: roles.size });
  }
  if (token && request.headers.authorization === admin) {
    const { name } = JSON.parse(text);
    // Token names are unique in an organization, not only in their service account.
    if (tokens.has(name)) return reply(409, { message: 'service account token with given name already exists' });
    tokens.add(name);
    return reply(200, { key: `real-${roles.get(Number(token[1]))}` });
  }
  reply(200, { method: request.method, url: request.url, authorization: request.headers.authorization, body: text });
}).listen(Number(process.env.GF_SERVER_HTTP_PORT), '127.0.0.1');

/** Like Grafana's AWS SDK for ec2_iam_role. */
async function credentials() {
  const base = `${process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT}/latest`;
  const session = await (await fetch(`${base}/api/token`, { method: 'PUT' })).text();
  const headers = { 'x-aws-ec2-metadata-token': session };
  const role = await (await fetch(`${base}/meta-data/iam/security-credentials/`, { headers })).text();
  return (await fetch(`${base}/meta-data/iam/security-credentials/${role}`, { headers })).json();
}
