/** The lower bound: Node's HTTP server that only sends the answer of /health, without a framework. */
import http from 'node:http';

const body = Buffer.from('{"status":"ok"}');
http
  .createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': body.length });
    response.end(body);
  })
  .listen(Number(process.env['PORT']), process.env['HOST'] ?? '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
