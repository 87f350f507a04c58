import http from 'node:http';

/**
 * Takes the shell's proxies from this process and its children: everything that a local cloud speaks to is on 127.0.0.1. Node has read
 * NODE_USE_ENV_PROXY when it started, so its own agents are told too.
 */
export function leaveProxies(env: NodeJS.ProcessEnv = process.env): void {
  for (const name of Object.keys(env)) {
    if (/(?:^|_)(?:proxy|noproxy)$/i.test(name)) delete env[name];
  }
  // An empty environment would change nothing: it takes a proxy that no host goes through.
  http.setGlobalProxyFromEnv({ HTTP_PROXY: 'http://127.0.0.1:9', HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '*' });
}
