/**
 * Preloaded by NODE_OPTIONS into every Node process: a line in $CONNECTIONS_FILE for each connection that it opens,
 * `host:port`.
 */
const { appendFileSync } = require('node:fs');
const net = require('node:net');

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const options = Array.isArray(args[0]) ? args[0][0] : args[0];
  // A Unix socket, such as the TypeScript loader's, is not a network connection.
  if (!options?.path)
    appendFileSync(process.env.CONNECTIONS_FILE, `${options?.host ?? args[1]}:${options?.port ?? options}\n`);
  return connect.apply(this, args);
};
