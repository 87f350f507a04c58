import http from 'node:http';

/**
 * Removes the shell's proxy settings for this process and its children, because a local cloud only connects to
 * 127.0.0.1. Node reads NODE_USE_ENV_PROXY at its start, so its agents are changed too.
 */
export function leaveProxies(env: NodeJS.ProcessEnv = process.env): void {
  for (const name of Object.keys(env)) {
    if (/(?:^|_)(?:proxy|noproxy)$/i.test(name)) delete env[name];
  }
  // Without any proxy variable the call changes nothing, so it gets a proxy that no host uses.
  http.setGlobalProxyFromEnv({ HTTP_PROXY: 'http://127.0.0.1:9', HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '*' });
}
